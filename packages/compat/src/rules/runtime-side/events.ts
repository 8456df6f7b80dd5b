import { draftEventOf } from '../../events'
import type { RuntimeRule } from '../../runtime-side/rule'

export const events: RuntimeRule = {
  name: 'events',
  fact: 'The draft wraps every event of a job into job.event, with kind, moment and body.',
  write: {
    '*'(frame) {
      if (frame.payload.seq === undefined) return
      frame.payload = draftEventOf(frame.type, frame.payload)
      frame.type = 'job.event'
    },
  },
}
