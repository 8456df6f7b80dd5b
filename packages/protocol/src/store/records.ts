import type { Lease, LeaseConstraints } from '../lease/lease'
import type { JobState } from '../messages/job'

/** The identity every check uses: who asks, and through whom. `docs/protocol.md` §8. */
export interface Scope {
  readonly principal: string
  /** The actors a delegated session acts through, outermost last; empty for a direct one. */
  readonly chain: readonly string[]
}

/** What is kept of a job beside its log. */
export interface JobRecord {
  readonly jobId: string
  /** `name@version` */
  readonly agent: string
  readonly scope: Scope
  /** The session with authority over the job, and the `id` of the submit it answered. */
  readonly sessionId: string
  readonly submitId: string
  readonly state: JobState
  /** The code its `job.failed` told. */
  readonly errorCode?: string
  readonly lease: Lease
  readonly leaseConstraints?: LeaseConstraints
  readonly traceId: string
  readonly parentJobId?: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** In the same unit, once it has been started. */
  readonly startedAt?: number
  /** In the same unit, once it has ended. */
  readonly endedAt?: number
  /** The host that writes it; a store refuses what an older one still writes. */
  readonly hostEpoch: number
}

/**
 * What is kept of a credential from before it is made until it is revoked, so that none outlives its job unnoticed.
 * Never its value.
 */
export interface CredentialNote {
  readonly credentialId: string
  /** The name of what makes and revokes it. */
  readonly provisioner: string
  readonly jobId: string
  /** Whose limits it counts for. */
  readonly principal: string
}

/** The parts of a record that change. */
export type JobRecordChange = Partial<
  Pick<JobRecord, 'sessionId' | 'state' | 'errorCode' | 'startedAt' | 'endedAt' | 'hostEpoch'>
>
