import type { RuntimeRule } from '../../runtime-side/rule'

export const answersInOrder: RuntimeRule = {
  name: 'answers in order',
  fact: 'Clients for TypeScript and C# take whatever answers a submit for the answer to their oldest one.',
  dialects: ['typescript', 'csharp', 'draft'],
  write: {
    'session.error'(frame, memory) {
      const { request } = memory
      if (!request || memory.isNext(request)) return
      memory.hold(frame)
      return []
    },
  },
}
