import { isObject } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'
import { draftStateOf } from '../../states'

export const listEntries: RuntimeRule = {
  name: 'list entries',
  fact: 'Entries of a listing have states of the draft, both `created_at` and `submitted_at`, and `last_event_seq`.',
  write: {
    'session.jobs'({ payload }, { request }) {
      const jobs = Array.isArray(payload.jobs) ? payload.jobs.filter(isObject) : []
      const wanted = jobs.filter(
        ({ status, error_code }) => status !== 'failed' || (request?.wants?.(error_code) ?? true),
      )
      payload.jobs = wanted.map(({ job_id, agent, status, error_code, created_at, lease, ...entry }) => ({
        job_id,
        agent,
        status: draftStateOf(status, error_code),
        lease,
        parent_job_id: entry.parent_job_id,
        created_at,
        submitted_at: created_at,
        trace_id: entry.trace_id,
        last_event_seq: entry.last_seq,
      }))
    },
  },
}
