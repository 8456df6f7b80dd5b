import type { Envelope } from '@arcp/protocol'
import { NO_TRACE } from '../../client-side/no-trace'
import type { ClientRule } from '../../client-side/rule'
import { isObject, nameOf, textOf } from '../../json'
import { nativeStateOf } from '../../states'

export const outOfReach: ClientRule = {
  name: 'out of reach',
  fact: 'A job of a session that is lost can be counted from its beginning only where none of it was let go.',
  write: {
    'job.subscribe'({ id, payload }, memory) {
      const { job_id, after_seq } = payload
      if (after_seq === undefined || !memory.shared.isOutOfReach(String(job_id))) return
      return memory.refuse(id, 'RESUME_WINDOW_EXPIRED', `events of ${job_id} may be gone`)
    },
  },
}

export const followedTwice: ClientRule = {
  name: 'followed twice',
  fact: 'A runtime sends the events of a job twice to who follows it twice, and again only from its beginning.',
  write: {
    'job.subscribe'({ id, payload }, memory) {
      const job = memory.jobs.get(nameOf(payload.job_id))
      if (!job) return
      if (Number(payload.after_seq ?? job.seq) < job.seq) {
        return memory.refuse(id, 'RESUME_WINDOW_EXPIRED', `events of ${job.id} cannot be had again`)
      }
      const told = { status: 'running', parent_job_id: null, ...job.facts, last_seq: job.seq }
      return memory.answer(memory.frame('job.subscribed', { ...told, request_id: id }, job.id))
    },
  },
}

export const history: ClientRule = {
  name: 'history',
  fact: 'A subscription of the draft has history or none; numbers of a job’s own log mean nothing to it.',
  write: {
    'job.subscribe'(frame) {
      const { job_id, after_seq } = frame.payload
      frame.payload = {
        job_id,
        ...(after_seq === undefined ? { history: false } : { history: true, from_event_seq: 0 }),
      }
    },
  },
}

export const earlyHistory: ClientRule = {
  name: 'early history',
  fact: 'Runtimes for Python and TypeScript send the history of a job before they answer who asked for it.',
  read: {
    'job.event': (frame, memory) => memory.holdBack(frame),
    'job.result': (frame, memory) => memory.holdBack(frame),
    'job.error': (frame, memory) => memory.holdBack(frame),
  },
}

export const subscribed: ClientRule = {
  name: 'subscribed',
  fact: 'What answers a subscription may name no more of it than its job, and tells its state in other words.',
  read: {
    'job.subscribed'(frame, memory) {
      const { payload, trace_id } = frame
      const jobId = frame.job_id ?? nameOf(payload.job_id)
      const request = memory.requests.get(payload.request_id) ?? memory.subscriptionTo(jobId)
      if (!request || jobId === undefined) return []
      const { current_status, replayed: _, subscribed_from: __, ...rest } = payload
      const facts = {
        agent: '',
        parent_job_id: null,
        trace_id: trace_id ?? NO_TRACE,
        ...rest,
        job_id: jobId,
        lease: isObject(payload.lease) ? payload.lease : {},
      }
      const status = nativeStateOf(current_status) ?? { status: 'running' }
      frame.job_id = jobId
      frame.payload = { ...facts, ...status, request_id: request.id, last_seq: 0 }
      memory.follow({ id: jobId, own: false, facts, traced: trace_id !== undefined })
      return [frame, ...inOrder(request.held)]
    },
  },
}

/** Events, and behind them the end of their job, which may have been told twice. */
function inOrder(held: readonly Envelope[]): readonly Envelope[] {
  const isEnd = ({ type }: Envelope) => type !== 'job.event'
  return [...held.filter((frame) => !isEnd(frame)), ...held.filter(isEnd).slice(-1)]
}

const ENDED = 'compat_ended:'

export const endedJobs: ClientRule = {
  name: 'ended jobs',
  fact: 'Of a job that has ended a runtime may send no end; then its answer to a ping comes first.',
  read: {
    'job.subscribed'({ job_id, payload }, memory) {
      const jobId = job_id ?? nameOf(payload.job_id)
      const { status } = nativeStateOf(payload.current_status) ?? {}
      const hasEnded = status === 'completed' || status === 'failed' || status === 'cancelled'
      if (hasEnded && jobId !== undefined) memory.toRuntime.push(memory.ping(ENDED + jobId))
    },
    'session.pong'({ payload }, memory) {
      const nonce = textOf(payload.ping_nonce) ?? ''
      if (!nonce.startsWith(ENDED)) return
      const job = memory.jobs.get(nonce.slice(ENDED.length))
      if (job) memory.lose(job.id)
      return []
    },
  },
}
