import { MAX_LISTED_JOBS } from '@arcp/protocol'
import type { RuntimeRule } from '../../runtime-side/rule'

export const listLimit: RuntimeRule = {
  name: 'list limit',
  fact: 'The draft sets no bound to a page; clients for Python ask for up to 1,000 jobs.',
  read: {
    'session.list_jobs'({ payload }) {
      if (typeof payload.limit === 'number') payload.limit = Math.min(payload.limit, MAX_LISTED_JOBS)
    },
  },
}
