import { isExtensionKey } from '@arcp/protocol'
import type { RuntimeRule } from '../../runtime-side/rule'

/** What the draft's job.accepted may hold. */
const KNOWN: ReadonlySet<string> = new Set([
  'request_id',
  'job_id',
  'agent',
  'lease',
  'lease_constraints',
  'budget',
  'credentials',
  'accepted_at',
  'trace_id',
  'parent_job_id',
])

export const accepted: RuntimeRule = {
  name: 'accepted',
  fact: 'The draft has no tokens of jobs, no number of the log in an answer, and nobody to give them to.',
  write: {
    'job.accepted'(frame) {
      const fields = Object.entries(frame.payload)
      frame.payload = Object.fromEntries(fields.filter(([key]) => KNOWN.has(key) || isExtensionKey(key)))
    },
  },
}
