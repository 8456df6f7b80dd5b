import type { RuntimeRule } from '../../runtime-side/rule'

export const wholeProgress: RuntimeRule = {
  name: 'whole progress',
  fact: 'Clients for Go, Java and Python read the values of progress as integers.',
  dialects: ['go', 'java', 'python', 'older-python'],
  write: {
    'job.progress'({ payload }) {
      for (const field of ['current', 'total']) {
        const value = payload[field]
        if (typeof value === 'number') payload[field] = Math.round(value)
      }
    },
  },
}
