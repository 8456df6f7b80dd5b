import type { Envelope } from '@arcp/protocol'
import type { RuntimeMemory } from './memory'

/** The `job.failed` that tells of a request's `session.error`. */
export function asFailure({ payload, ...frame }: Envelope, { now }: RuntimeMemory): Envelope {
  const { request_id: _, ...error } = payload
  return { ...frame, type: 'job.failed', payload: { ts: now(), error } }
}

/** Whether the frame at hand answers a submit. */
export function answersSubmit({ request }: RuntimeMemory): boolean {
  return request?.type === 'job.submit'
}
