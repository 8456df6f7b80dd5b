import { textOf } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'

export const cancelAnswer: RuntimeRule = {
  name: 'cancel answer',
  fact: 'The draft acknowledges a cancel with job.cancelled, which is no terminal and has no number.',
  read: {
    'job.cancel'({ payload }, { request }) {
      if (request) request.reason = textOf(payload.reason)
    },
  },
  write: {
    'job.cancel_accepted'(frame, { request }) {
      const { request_id, job_id } = frame.payload
      const reason = request?.reason
      return [
        { ...frame, type: 'job.cancelled', payload: { job_id, request_id, ...(reason ? { reason } : {}) } },
      ]
    },
  },
}
