import type { RuntimeRule } from '../../runtime-side/rule'
import { draftStateOf } from '../../states'

export const history: RuntimeRule = {
  name: 'history',
  fact: 'A subscription of the draft asks for history from a number, or for none, and is told from where it got it.',
  read: {
    'job.subscribe'({ payload }, { request }) {
      const { history: wanted, from_event_seq: from } = payload
      delete payload.history
      delete payload.from_event_seq
      if (wanted !== true) return
      payload.after_seq = from ?? 0
      if (request && typeof payload.after_seq === 'number') request.afterSeq = payload.after_seq
    },
  },
  write: {
    'job.subscribed'(frame, { request }) {
      const { request_id, job_id, status, error_code, agent, lease, parent_job_id, trace_id, last_seq } =
        frame.payload
      const afterSeq = request?.afterSeq
      frame.payload = {
        request_id,
        job_id,
        current_status: draftStateOf(status, error_code),
        agent,
        lease,
        parent_job_id,
        trace_id,
        subscribed_from: afterSeq ?? last_seq,
        replayed: afterSeq !== undefined && afterSeq < Number(last_seq),
      }
    },
  },
}
