import type { RuntimeRule } from '../../runtime-side/rule'

export const bye: RuntimeRule = {
  name: 'bye',
  fact: 'Clients for TypeScript, C#, Java and older Python end a session with session.bye.',
  read: {
    'session.bye'(frame) {
      frame.type = 'session.close'
    },
  },
}
