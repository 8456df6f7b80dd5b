import type { JobFilter, JobListing, SessionJobs } from '@arcp/protocol'
import type { Requests } from './requests'

/** Asks for the jobs one may see, a page at a time and each when the one before has been read. `docs/protocol.md` §3. */
export async function* listJobs(requests: Requests, filter?: JobFilter): AsyncGenerator<JobListing, void> {
  let cursor: string | null | undefined
  do {
    const page: SessionJobs = await requests.ask({
      type: 'session.list_jobs',
      payload: { filter, cursor },
      answered: (jobs) => jobs,
      afterLoss: 'resend',
    })
    yield* page.jobs
    cursor = page.next_cursor
  } while (cursor)
}
