import { isObject } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'

export const topLevelResume: RuntimeRule = {
  name: 'top-level resume',
  fact: 'Clients for Java and C#, and session.resume, name token and number at the top level of the payload.',
  read: {
    'session.hello'({ payload }) {
      const { session_id, resume_token, last_event_seq } = payload
      if (isObject(payload.resume) || typeof resume_token !== 'string') return
      payload.resume = { session_id, resume_token, last_event_seq: last_event_seq ?? 0 }
    },
  },
}
