import * as v from 'valibot'
import { parseAgentReference } from '../agents/reference'
import type { Extensions } from '../extensions'
import { count, MAX_NAME_LENGTH, mapOf, name, positiveCount, received, textOf } from '../fields'
import { type Lease, type LeaseConstraints, leaseConstraintsSchema } from '../lease/lease'
import type { Schema } from '../schema'
import { timestampSchema } from '../timestamp'
import { JOB_STATES, type JobState } from './job'

/** The most jobs one page of a listing holds. `docs/protocol.md` §3. */
export const MAX_LISTED_JOBS = 200

/** Which jobs to list; a job has to fit everything that is given. */
export interface JobFilter extends Extensions {
  /** Any of these states; an empty list asks for all. */
  status?: JobState[]
  /** `name` for all versions, or `name@version`. */
  agent?: string
  /** Created after this moment, exclusive. */
  created_after?: string
  /** Created before this moment, exclusive. */
  created_before?: string
}

/** `session.list_jobs`: asks for a page of the jobs one may see, newest first. `docs/protocol.md` §3. */
export interface SessionListJobs extends Extensions {
  filter?: JobFilter
  /** How many at most: 1 to {@link MAX_LISTED_JOBS}, 50 when left out. */
  limit?: number
  /** The `next_cursor` of the page before; the filter has to be the same. */
  cursor?: string
}

/** Checks the payload of `session.list_jobs`. */
export const sessionListJobsSchema: Schema<SessionListJobs> = /* @__PURE__ */ received(() => ({
  filter: v.optional(
    received(() => ({
      status: v.optional(v.array(v.picklist(JOB_STATES))),
      agent: v.optional(
        textOf(
          (text) => text.length <= MAX_NAME_LENGTH && parseAgentReference(text) !== undefined,
          'expected name or name@version',
        ),
      ),
      created_after: v.optional(timestampSchema),
      created_before: v.optional(timestampSchema),
    })),
  ),
  limit: v.optional(
    v.pipe(positiveCount, v.maxValue(MAX_LISTED_JOBS, `expected at most ${MAX_LISTED_JOBS}`)),
  ),
  cursor: v.optional(name),
}))

/** A job as a listing tells of it. */
export interface JobListing extends Extensions {
  job_id: string
  /** `name@version` */
  agent: string
  status: JobState
  /** The code its `job.failed` told. */
  error_code?: string
  created_at: string
  started_at?: string
  ended_at?: string
  lease: Lease
  lease_constraints?: LeaseConstraints
  parent_job_id: string | null
  /** The `seq` of the job's newest event, which is the job's own number and no session's. */
  last_seq: number
  trace_id: string
}

/** `session.jobs`: one page, newest first. It may hold fewer than asked for: only `next_cursor` tells of an end. */
export interface SessionJobs extends Extensions {
  request_id: string
  jobs: JobListing[]
  /** Asks for what comes next; `null` when nothing does. */
  next_cursor: string | null
}

/** Checks the payload of `session.jobs`. */
export const sessionJobsSchema: Schema<SessionJobs> = /* @__PURE__ */ received(() => ({
  request_id: v.string(),
  jobs: v.array(
    received(() => ({
      job_id: v.string(),
      agent: v.string(),
      status: v.picklist(JOB_STATES),
      error_code: v.optional(v.string()),
      created_at: v.string(),
      started_at: v.optional(v.string()),
      ended_at: v.optional(v.string()),
      lease: mapOf(v.array(v.string()), 'expected an object of lists of strings'),
      lease_constraints: v.optional(leaseConstraintsSchema),
      parent_job_id: v.nullable(v.string()),
      last_seq: count,
      trace_id: v.string(),
    })),
  ),
  next_cursor: v.nullable(v.string()),
}))
