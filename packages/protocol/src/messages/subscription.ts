import * as v from 'valibot'
import type { Extensions } from '../extensions'
import { count, mapOf, name, positiveCount, received } from '../fields'
import { type Lease, type LeaseConstraints, leaseConstraintsSchema } from '../lease/lease'
import type { Schema } from '../schema'
import { JOB_STATES, type JobState } from './job'

/** `job.subscribe`: asks to follow a job. `docs/protocol.md` §3. */
export interface JobSubscribe extends Extensions {
  job_id: string
  /** Events with a greater `seq` follow: 0 for all that are held; left out, only what comes from now on. */
  after_seq?: number
  /** The history that `after_seq` counts in. */
  log_epoch?: string
}

/** Checks the payload of `job.subscribe`. */
export const jobSubscribeSchema: Schema<JobSubscribe> = /* @__PURE__ */ received(() => ({
  job_id: name,
  after_seq: v.optional(count),
  log_epoch: v.optional(name),
}))

/** `job.subscribed`: the job as it stands; its events follow. */
export interface JobSubscribed extends Extensions {
  request_id: string
  job_id: string
  status: JobState
  error_code?: string
  /** `name@version` */
  agent: string
  lease: Lease
  lease_constraints?: LeaseConstraints
  budget?: Record<string, string>
  parent_job_id: string | null
  trace_id: string
  /** The oldest event still held, and the newest. */
  first_seq: number
  last_seq: number
  log_epoch: string
}

/** Checks the payload of `job.subscribed`. */
export const jobSubscribedSchema: Schema<JobSubscribed> = /* @__PURE__ */ received(() => ({
  request_id: v.string(),
  job_id: v.string(),
  status: v.picklist(JOB_STATES),
  error_code: v.optional(v.string()),
  agent: v.string(),
  lease: mapOf(v.array(v.string()), 'expected an object of lists of strings'),
  lease_constraints: v.optional(leaseConstraintsSchema),
  budget: v.optional(mapOf(v.string(), 'expected an object of strings')),
  parent_job_id: v.nullable(v.string()),
  trace_id: v.string(),
  first_seq: positiveCount,
  last_seq: count,
  log_epoch: v.string(),
}))

/** `job.unsubscribe`: asks for no more of a job's events. */
export interface JobUnsubscribe extends Extensions {
  job_id: string
  /** The session will come back: an owner still counts as following where the log has to make room. */
  hold?: boolean
}

/** Checks the payload of `job.unsubscribe`. */
export const jobUnsubscribeSchema: Schema<JobUnsubscribe> = /* @__PURE__ */ received(() => ({
  job_id: name,
  hold: v.optional(v.boolean()),
}))

/** Why a session no longer follows a job it did not leave itself. */
export type UnsubscribedReason = 'events_lost' | 'not_found' | 'invalid_cursor'

/** `job.unsubscribed`: the answer, or, without `request_id`, told unasked, with the reason. */
export interface JobUnsubscribed extends Extensions {
  request_id?: string
  job_id: string
  /** An {@link UnsubscribedReason}; a peer's unknown one is kept as it is. */
  reason?: string
  /** The oldest event still held, for whoever wants to go on from there. */
  first_seq?: number
}

/** Checks the payload of `job.unsubscribed`. */
export const jobUnsubscribedSchema: Schema<JobUnsubscribed> = /* @__PURE__ */ received(() => ({
  request_id: v.optional(v.string()),
  job_id: v.string(),
  reason: v.optional(v.string()),
  first_seq: v.optional(positiveCount),
}))
