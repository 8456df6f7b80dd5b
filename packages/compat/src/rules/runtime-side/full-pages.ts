import { utf8Length } from '@arcp/protocol'
import { isObject } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'

export const fullPages: RuntimeRule = {
  name: 'full pages',
  fact: 'Entries of a listing are longer there than here, and clients for Python end at a frame that is too long.',
  write: {
    'session.jobs'(frame, { maxFrameBytes }) {
      const { jobs } = frame.payload
      if (!Array.isArray(jobs) || utf8Length(JSON.stringify(frame)) <= maxFrameBytes) return
      // Longer than what made the entries longer, and nothing that any client insists on.
      for (const entry of jobs.filter(isObject)) {
        delete entry.trace_id
        delete entry.parent_job_id
      }
    },
  },
}
