import type { RuntimeRule } from '../../runtime-side/rule'
import { EARLIER_VERSION } from '../../version'

export const versionOne: RuntimeRule = {
  name: 'version 1',
  fact: 'Earlier clients for TypeScript name version 1 of the protocol, and drop frames of any other.',
  dialects: ['typescript'],
  write: {
    '*'(frame, { isEarlier }) {
      if (isEarlier) Object.assign(frame, { arcp: EARLIER_VERSION })
    },
  },
}
