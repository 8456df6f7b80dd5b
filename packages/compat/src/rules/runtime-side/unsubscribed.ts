import type { RuntimeRule } from '../../runtime-side/rule'

export const unsubscribed: RuntimeRule = {
  name: 'unsubscribed',
  fact: 'The draft answers no job.unsubscribe, and has no word for events that are lost: its transport ends.',
  write: {
    'job.unsubscribed'({ payload }, memory) {
      if (payload.request_id === undefined) memory.ending = String(payload.reason)
      return []
    },
  },
}
