import { formatTimestamp, type JobListing, utf8Length } from '@arcp/protocol'
import type { Job } from './job'
import { type JobIndex, type ListPlace, placeOf } from './job-index'
import { isAskedFor, type ListFilter } from './list-filter'

/** Jobs a page looks at, most of which may be none of those asked for; then it ends, and another one goes on. */
const LOOKS_PER_PAGE = 1_000

/** What a page is made of. */
export interface PageRequest {
  readonly index: JobIndex
  readonly filter: ListFilter
  /** Where the page before ended. */
  readonly place: ListPlace | undefined
  readonly limit: number
  /** What the jobs may take as JSON, in bytes; the first one is in any page. */
  readonly bytes: number
  readonly isVisible: (job: Job) => boolean
}

/** A page of a listing. */
export interface Page {
  readonly jobs: readonly Job[]
  readonly listings: readonly JobListing[]
  /** Where the next page begins; `undefined` after the last. */
  readonly next: ListPlace | undefined
}

/** Reads one page of jobs, newest first. It ends early when it is full in bytes, or has looked at many jobs in vain. */
export function listPage({ index, filter, place, limit, bytes, isVisible }: PageRequest): Page {
  const jobs: Job[] = []
  const listings: JobListing[] = []
  let at = startOf(filter, place)
  let left = bytes
  let looks = 0
  for (const job of index.after(at)) {
    if (filter.after !== undefined && job.facts.createdAt <= filter.after) break
    if (looks++ === LOOKS_PER_PAGE) return { jobs, listings, next: at }
    if (isAskedFor(job, filter) && isVisible(job)) {
      if (jobs.length === limit) return { jobs, listings, next: at }
      const listing = listingOf(job)
      left -= utf8Length(JSON.stringify(listing)) + 1
      if (left < 0 && jobs.length > 0) return { jobs, listings, next: at }
      jobs.push(job)
      listings.push(listing)
    }
    at = placeOf(job)
  }
  return { jobs, listings, next: undefined }
}

/** A cursor is never before what the filter begins with, for it was made under the same one. */
function startOf({ before }: ListFilter, place: ListPlace | undefined): ListPlace | undefined {
  if (place || before === undefined) return place
  return { createdAt: before, jobId: '' }
}

/** A job as a listing tells of it. */
function listingOf({ facts, state, errorCode, startedAt, endedAt, log }: Job): JobListing {
  return {
    job_id: facts.id,
    agent: facts.agent,
    status: state,
    ...(errorCode === undefined ? {} : { error_code: errorCode }),
    created_at: formatTimestamp(facts.createdAt),
    ...(startedAt === undefined ? {} : { started_at: formatTimestamp(startedAt) }),
    ...(endedAt === undefined ? {} : { ended_at: formatTimestamp(endedAt) }),
    lease: facts.lease,
    ...(facts.leaseConstraints === undefined ? {} : { lease_constraints: facts.leaseConstraints }),
    parent_job_id: facts.parentJobId ?? null,
    last_seq: log.lastSeq,
    trace_id: facts.traceId,
  }
}
