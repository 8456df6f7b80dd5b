import * as v from 'valibot'
import type { Extensions } from '../extensions'
import { count, mapOf, name, positiveAmount, positiveCount, received } from '../fields'
import { type Lease, type LeaseConstraints, leaseConstraintsSchema, leaseSchema } from '../lease/lease'
import type { Schema } from '../schema'
import { type Credential, credentialSchema } from './credential'

/** The states of a job: `queued → running → completed | failed | cancelled`. `docs/protocol.md` §3. */
export const JOB_STATES = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const

/** A state of {@link JOB_STATES}. */
export type JobState = (typeof JOB_STATES)[number]

/** `job.submit`: asks for a job, or, with `resume_token`, for one that exists. `docs/protocol.md` §3. */
export interface JobSubmit extends Extensions {
  /** `name` or `name@version`; optional beside `resume_token`. */
  agent?: string
  /** Any JSON. */
  input?: unknown
  /** What it may touch. Absent: nothing. */
  lease_request?: Lease
  lease_constraints?: LeaseConstraints
  /** 1 to 256 characters. */
  idempotency_key?: string
  /** From `job.started`; above 0. */
  max_runtime_sec?: number
  /** A job it is said to belong to: a label, kept if the job is of the same identity. */
  parent_job_id?: string
  /** The job to take up, instead of making one. */
  resume_token?: string
  /** With `resume_token`: takes the job up only if no other session has taken it from this one. */
  from_session?: string
  /** Exclusive: events with a greater `seq` follow. */
  after_seq?: number
  /** The history that `after_seq` counts in. */
  log_epoch?: string
}

/** Checks the payload of `job.submit`. */
export const jobSubmitSchema: Schema<JobSubmit> = /* @__PURE__ */ received(() => ({
  agent: v.optional(name),
  input: v.exactOptional(v.unknown()),
  lease_request: v.optional(leaseSchema),
  lease_constraints: v.optional(leaseConstraintsSchema),
  idempotency_key: v.optional(name),
  max_runtime_sec: v.optional(positiveAmount),
  parent_job_id: v.optional(name),
  resume_token: v.optional(v.string()),
  from_session: v.optional(name),
  after_seq: v.optional(count),
  log_epoch: v.optional(name),
}))

/** `job.accepted`: the job exists and its events follow. `docs/protocol.md` §3. */
export interface JobAccepted extends Extensions {
  request_id: string
  job_id: string
  /** `name@version` */
  agent: string
  /** As it was asked for. */
  lease: Lease
  /** Both forms of the lease's end; absent for a lease without one. */
  lease_constraints?: LeaseConstraints
  /** What may be spent, a decimal string for each currency. */
  budget?: Record<string, string>
  /** What the job is known by elsewhere, as it is now; the owner's copy only. Secrets. */
  credentials?: Credential[]
  accepted_at: string
  trace_id: string
  /** Proves this job when it is taken up again. A secret. */
  resume_token?: string
  /** The oldest event still held. */
  first_seq?: number
  /** Opaque; another one means a store lost data. */
  log_epoch?: string
  /** Whether the job existed before, found by its token or its key. */
  resumed?: boolean
  /** `false` where another session owns the job, and this one only follows it. */
  owner?: boolean
  parent_job_id?: string
}

/** Checks the payload of `job.accepted`. */
export const jobAcceptedSchema: Schema<JobAccepted> = /* @__PURE__ */ received(() => ({
  request_id: v.string(),
  job_id: v.string(),
  agent: v.string(),
  lease: mapOf(v.array(v.string()), 'expected an object of lists of strings'),
  lease_constraints: v.optional(leaseConstraintsSchema),
  budget: v.optional(mapOf(v.string(), 'expected an object of strings')),
  credentials: v.optional(v.array(credentialSchema)),
  accepted_at: v.string(),
  trace_id: v.string(),
  resume_token: v.optional(v.string()),
  first_seq: v.optional(positiveCount),
  log_epoch: v.optional(v.string()),
  resumed: v.optional(v.boolean()),
  owner: v.optional(v.boolean()),
  parent_job_id: v.optional(v.string()),
}))

/** `job.cancel`: asks for a job's end. */
export interface JobCancel extends Extensions {
  job_id: string
  reason?: string
}

/** Checks the payload of `job.cancel`. */
export const jobCancelSchema: Schema<JobCancel> = /* @__PURE__ */ received(() => ({
  job_id: name,
  reason: v.optional(v.string()),
}))

/** `job.cancel_accepted`: the request has been taken; the terminal follows in its own time. */
export interface JobCancelAccepted extends Extensions {
  request_id: string
  job_id: string
  /** The job's state as the request found it. */
  status: JobState
}

/** Checks the payload of `job.cancel_accepted`. */
export const jobCancelAcceptedSchema: Schema<JobCancelAccepted> = /* @__PURE__ */ received(() => ({
  request_id: v.string(),
  job_id: v.string(),
  status: v.picklist(JOB_STATES),
}))
