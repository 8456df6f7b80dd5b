import type { JobState } from '../messages/job'
import type { Scope } from '../store/records'

/** A job as observers see it. */
export interface ObservedJob {
  readonly jobId: string
  /** `name@version` */
  readonly agent: string
  readonly sessionId: string
  readonly scope: Scope
  readonly traceId: string
  readonly parentJobId?: string
}

/** Everything that happens in a runtime, one shape each, told apart by `type`. No payloads, no secrets. */
export type Observation =
  | {
      readonly type: 'session.opened'
      readonly sessionId: string
      readonly scope: Scope
      readonly client: { readonly name: string; readonly version: string }
      readonly features: readonly string[]
    }
  | {
      readonly type: 'session.refused'
      readonly code: string
      /** For operators; the wire says less. */
      readonly reason: string
      readonly remoteAddress?: string
    }
  | {
      readonly type: 'session.parked'
      readonly sessionId: string
      /** A close reason, or `connection_lost`. */
      readonly reason: string
    }
  | {
      readonly type: 'session.resumed'
      readonly sessionId: string
      /** Whether what was sent was sent again, for want of cursors. */
      readonly replayed: boolean
    }
  | {
      readonly type: 'session.ended'
      readonly sessionId: string
      /** `bye`, `shutdown`, `resume_window_expired`, `too_many_parked`. */
      readonly reason: string
    }
  | {
      readonly type: 'session.resume_refused'
      /** The session that was asked for, as the hello named it. */
      readonly sessionId: string
      readonly scope: Scope
      /** The wire does not tell one from another. `unknown_session` is one whose window is over, too. */
      readonly reason: 'unknown_session' | 'foreign_session' | 'wrong_token'
    }
  | {
      /** Whether a session may see or end a job. A listing tells only of what a policy adds to it. */
      readonly type: 'access.granted' | 'access.denied'
      readonly sessionId: string
      readonly scope: Scope
      readonly action: 'list' | 'subscribe' | 'unsubscribe' | 'cancel'
      readonly job: ObservedJob
      /** What decided: that the session owns the job, whose it is, or the runtime's policy. */
      readonly by: 'owner' | 'scope' | 'policy'
    }
  | {
      readonly type: 'request.failed'
      readonly sessionId: string
      readonly requestType: string
      readonly code: string
    }
  | { readonly type: 'job.accepted'; readonly job: ObservedJob }
  | { readonly type: 'job.started'; readonly job: ObservedJob }
  | {
      readonly type: 'job.ended'
      readonly job: ObservedJob
      readonly state: JobState
      /** What ended it: `returned`, `threw`, `cancel` … */
      readonly cause: string
      readonly errorCode?: string
    }
  | {
      readonly type: 'event.appended'
      readonly job: ObservedJob
      readonly eventType: string
      readonly seq: number
      /** UTF-16 code units of its payload. */
      readonly size: number
    }
  | {
      readonly type: 'operation.allowed' | 'operation.denied'
      readonly job: ObservedJob
      readonly namespace: string
      readonly target: string
      /** Why it was denied. */
      readonly code?: string
    }

/** Watches a runtime. One that throws, or whose `around` never calls `run`, harms nothing. */
export interface Observer {
  /** Told of everything, as it happens; returns at once. */
  observe?(observation: Observation): void
  /** Runs a job's agent inside a context of the observer's, by calling `run` and returning what it returned. */
  around?<T>(job: ObservedJob, run: () => T): T
}
