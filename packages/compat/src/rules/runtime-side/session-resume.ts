import type { RuntimeRule } from '../../runtime-side/rule'

export const sessionResume: RuntimeRule = {
  name: 'session.resume',
  fact: 'The draft resumes a session with a message of its own, a hello with the fields of `resume` at top level.',
  read: {
    'session.resume'(frame) {
      frame.type = 'session.hello'
      frame.payload.client ??= { name: 'unknown', version: 'unknown' }
      frame.payload.capabilities ??= { encodings: ['json'] }
    },
  },
}
