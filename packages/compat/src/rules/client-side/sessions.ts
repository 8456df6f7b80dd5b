import type { ClientRule } from '../../client-side/rule'

export const sessionOfAnother: ClientRule = {
  name: 'session of another',
  fact: 'Runtimes for Python repeat an answer with the session it was first given in; a transport has one session.',
  read: {
    '*'(frame, memory) {
      if (memory.greeted) delete frame.session_id
    },
  },
}

export const bye: ClientRule = {
  name: 'bye',
  fact: 'Runtimes for TypeScript, C# and Python know session.bye and reject session.close; Java takes either.',
  dialects: ['python', 'older-python', 'typescript', 'csharp', 'draft'],
  write: {
    'session.close'(frame) {
      frame.type = 'session.bye'
    },
  },
}

export const closeAfterBye: ClientRule = {
  name: 'close after bye',
  fact: 'Runtimes for Go reject session.bye, and one that is not recognised may be one.',
  dialects: ['draft'],
  read: {
    'session.error'(_, memory) {
      if (!memory.closing) return
      memory.toRuntime.push(memory.frame('session.close', { reason: REASON }))
      return []
    },
  },
}

export const closeReason: ClientRule = {
  name: 'close reason',
  fact: 'Runtimes insist on the reason of a goodbye.',
  write: {
    'session.close'({ payload }) {
      payload.reason ??= REASON
    },
  },
}

const REASON = 'the client is done'

export const byeOfRuntime: ClientRule = {
  name: 'bye of the runtime',
  fact: 'A runtime of the draft that goes says session.bye.',
  read: {
    'session.bye'(frame) {
      frame.type = 'session.closed'
      frame.payload = { ...frame.payload, reason: 'shutdown', resume: false }
    },
  },
}
