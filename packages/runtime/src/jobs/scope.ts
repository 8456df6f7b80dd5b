import { JobNotFoundError } from '@arcp/protocol'
import type { Scope } from '@arcp/protocol/store'
import type { Job } from './job'
import type { JobTable } from './job-table'

/** Whether two scopes are the same identity. `docs/protocol.md` §8. */
export function sameScope(a: Scope, b: Scope): boolean {
  return (
    a.principal === b.principal &&
    a.chain.length === b.chain.length &&
    a.chain.every((x, i) => x === b.chain[i])
  )
}

/**
 * The job of this id, if the scope may know of it; others' jobs are as unknown as those that never were.
 *
 * @throws JOB_NOT_FOUND
 */
export function jobInScope(jobs: JobTable, jobId: string, scope: Scope): Job {
  const job = jobs.get(jobId)
  if (job && sameScope(job.facts.scope, scope)) return job
  throw new JobNotFoundError(`no job ${jobId}`, { details: { job_id: jobId } })
}
