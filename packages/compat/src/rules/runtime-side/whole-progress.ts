import type { RuntimeRule } from '../../runtime-side/rule'

export const wholeProgress: RuntimeRule = {
  name: 'whole progress',
  fact: 'Clients for Go, Java, C# and Python read the values of progress as integers.',
  dialects: ['go', 'java', 'csharp', 'python', 'older-python'],
  write: {
    'job.progress'({ payload }) {
      // Never more done than is.
      if (typeof payload.current === 'number') payload.current = Math.floor(payload.current)
      if (typeof payload.total === 'number') payload.total = Math.ceil(payload.total)
    },
  },
}
