import type { Envelope } from '@arcp/protocol'
import type { ClientMemory } from '../../client-side/memory'
import type { ClientRule } from '../../client-side/rule'
import { textOf } from '../../json'

const ADOPTED = 'compat_adopted:'

export const jobOfAnother: ClientRule = {
  name: 'job of another session',
  fact: 'Runtimes for Python tell of a job to the session that submitted it first, and one that submits it again its end alone.',
  dialects: ['python', 'older-python'],
  read: {
    'job.accepted'({ session_id, job_id, payload }, memory) {
      const isOwn = session_id === undefined || session_id === memory.sessionId
      if (!isOwn && job_id !== undefined && !memory.jobs.get(job_id)) adopt(job_id, payload, memory)
    },
    'job.result'(frame, memory) {
      const job = memory.jobs.get(frame.job_id)
      // In parts, of which none has come: those of a job that had ended when it was submitted again.
      if (!job?.own || job.seq > 0 || frame.payload.result_id === undefined) return
      memory.held.set(job.id, [frame])
      adopt(job.id, job.facts, memory)
      return []
    },
    'job.subscribed'({ job_id, payload }, memory) {
      if (job_id === undefined || !memory.adopting.delete(job_id)) return
      memory.requests.close(payload.request_id)
      return []
    },
    'session.pong'({ payload }, memory) {
      const nonce = textOf(payload.ping_nonce) ?? ''
      if (!nonce.startsWith(ADOPTED)) return
      const jobId = nonce.slice(ADOPTED.length)
      return memory.adopting.delete(jobId) ? withoutHistory(jobId, memory) : []
    },
  },
}

/** Follows a job from its beginning. What answers the ping comes behind the history, or behind whatever comes in its place. */
function adopt(jobId: string, facts: Record<string, unknown>, memory: ClientMemory): void {
  memory.follow({ id: jobId, own: false, facts, traced: false })
  const frame = memory.frame('job.subscribe', { job_id: jobId, history: true, from_event_seq: 0 }, jobId)
  const { id, type, payload } = frame
  if (!memory.requests.add({ id, type, traceId: undefined, jobId, payload })) {
    memory.lose(jobId)
    return
  }
  memory.adopting.add(jobId)
  memory.toRuntime.push(frame, memory.ping(ADOPTED + jobId))
}

/** What there is of a job that is not told from its beginning: its end, or nothing more. */
function withoutHistory(jobId: string, memory: ClientMemory): readonly Envelope[] {
  const end = memory.takeHeld(jobId).filter(({ type }) => type !== 'job.event')
  if (end.length === 0) memory.lose(jobId)
  return end
}
