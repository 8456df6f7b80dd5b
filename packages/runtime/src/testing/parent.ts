import type { RawFrame, ScriptedPeer } from '@arcp/testkit'

/** What lets a job delegate to every agent. */
export const mayDelegate = { 'agent.delegate': ['*'] }

/** The ids of the children that jobs have told of, in this order. */
export function childIds({ frames }: Pick<ScriptedPeer, 'frames'>): string[] {
  return frames.flatMap(({ type, payload }) =>
    type === 'job.delegate' ? [payload.child_job_id as string] : [],
  )
}

/** Follows a child from its first event on. */
export async function followed(peer: ScriptedPeer, jobId: string | undefined): Promise<RawFrame> {
  const id = peer.request('job.subscribe', { job_id: jobId, after_seq: 0 })
  return peer.next(({ payload }) => payload.request_id === id)
}

/** What an agent's own code gets: a value, or the code and details of what was thrown. */
export async function told(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise
  } catch (error) {
    const { code, details } = error as { code: string; details?: object }
    return details ? { code, details } : { code }
  }
}
