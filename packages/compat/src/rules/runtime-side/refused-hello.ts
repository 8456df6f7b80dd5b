import { asFailure } from '../../runtime-side/failures'
import type { RuntimeRule } from '../../runtime-side/rule'

/** Of no session. */
const NO_SESSION = 'sess_00000000000000000000000000'

export const refusedHello: RuntimeRule = {
  name: 'refused hello',
  fact: 'The refusal of a hello is a session.error with any session_id, without which some drop it.',
  dialects: ['python', 'older-python', 'typescript', 'go', 'csharp', 'draft'],
  write: {
    'session.error'(frame, { greeted }) {
      if (!greeted) frame.session_id ??= NO_SESSION
    },
  },
}

export const refusedHelloJava: RuntimeRule = {
  name: 'refused hello of Java',
  fact: 'Clients for Java know no session.error: a job.error without a job refuses their hello.',
  dialects: ['java'],
  write: {
    'session.error'(frame, memory) {
      if (memory.greeted) return
      return [{ ...asFailure(frame, memory), session_id: NO_SESSION, id: memory.request?.id ?? frame.id }]
    },
  },
}
