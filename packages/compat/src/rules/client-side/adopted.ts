import type { Envelope } from '@arcp/protocol'
import type { FollowedJob } from '../../client-side/followed-jobs'
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
      adopt(job.id, job.facts, memory, [frame])
      return []
    },
    'job.subscribed'({ payload }, memory) {
      const request = memory.requests.get(payload.request_id)
      if (!request?.isOwn) return
      memory.requests.close(request.id)
      return []
    },
    'session.error'({ payload }, memory) {
      const request = memory.requests.get(payload.request_id)
      return request?.isOwn ? withoutHistory(memory.jobs.get(request.jobId), memory) : undefined
    },
    'session.pong'({ payload }, memory) {
      const nonce = textOf(payload.ping_nonce) ?? ''
      if (!nonce.startsWith(ADOPTED)) return
      const job = memory.jobs.get(nonce.slice(ADOPTED.length))
      return job?.isAwaited ? withoutHistory(job, memory) : []
    },
  },
}

/** Follows a job from its beginning. What answers the ping comes behind the history, or behind whatever comes in its place. */
function adopt(id: string, facts: FollowedJob['facts'], memory: ClientMemory, held: Envelope[] = []): void {
  const isAsked = memory.subscriptionTo(id) !== undefined
  memory.follow({ id, own: false, facts, traced: false, isAwaited: true })
  const frame = memory.frame('job.subscribe', { job_id: id, history: true, from_event_seq: 0 }, id)
  const request = { id: frame.id, type: frame.type, traceId: undefined, jobId: id, held, isOwn: true }
  if (!isAsked && memory.requests.add(request)) memory.toRuntime.push(frame)
  memory.toRuntime.push(memory.ping(ADOPTED + id))
}

/** What there is of a job that is not told from its beginning: its end, or nothing more. */
function withoutHistory(job: FollowedJob | undefined, memory: ClientMemory): readonly Envelope[] {
  if (!job) return []
  const request = memory.subscriptionTo(job.id)
  if (request?.isOwn) memory.requests.close(request.id)
  const end = request?.held.find(({ type }) => type !== 'job.event')
  job.isAwaited = false
  if (!end) memory.lose(job.id)
  return end ? [end] : []
}
