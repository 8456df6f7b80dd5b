import { isObject } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'

/** What users put there, and the end of a listing, may be null. */
const MAY_BE_NULL: ReadonlySet<string> = new Set(['result', 'output', 'body', 'next_cursor'])

export const noNulls: RuntimeRule = {
  name: 'no nulls',
  fact: 'Clients for TypeScript drop whole frames over a field that is null; to no other does it mean more than nothing.',
  write: {
    '*'({ payload }) {
      dropNulls(payload)
      if (Array.isArray(payload.jobs)) payload.jobs.filter(isObject).forEach(dropNulls)
    },
  },
}

function dropNulls(fields: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(fields)) {
    if (value === null && !MAY_BE_NULL.has(key) && !key.startsWith('x-')) delete fields[key]
  }
}
