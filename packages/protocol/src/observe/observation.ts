import type { Extensions } from '../extensions'
import type { JobState } from '../messages/job'
import type { Scope } from '../store/records'
import type { TraceContext } from '../trace-context'

/** A job as observers see it. */
export interface ObservedJob {
  readonly jobId: string
  /** `name@version` */
  readonly agent: string
  /** The session that owns it; empty where none does. */
  readonly sessionId: string
  readonly scope: Scope
  readonly traceId: string
  readonly parentJobId?: string
  /** What the submit that made the job carried. */
  readonly traceContext?: TraceContext
}

/** Something an agent does through its context that takes time. Not what it does it with. */
export type ObservedOperation =
  | { readonly kind: 'tool'; readonly name: string; readonly callId: string }
  /** Asking whether a model may be used; its use is the agent's own. */
  | { readonly kind: 'model'; readonly name: string }
  | {
      readonly kind: 'fetch'
      /** In capitals. */
      readonly method: string
      /** The URL without user info, query and fragment, and without what looks like a key in its path. */
      readonly url: string
    }
  /**
   * Handing a part of the work to a child job, until that is accepted. Its `job.accepted` comes inside, and has this
   * job as its parent and its trace.
   */
  | { readonly kind: 'delegate'; readonly agent: string }

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
      /** How many events its client had missed. */
      readonly missed: number
    }
  | {
      /** Events have begun to wait for a session. */
      readonly type: 'session.stalled'
      readonly sessionId: string
      /** For its client's acknowledgements, or for its transport. */
      readonly by: 'credit' | 'transport'
    }
  | {
      readonly type: 'session.ended'
      readonly sessionId: string
      /**
       * `bye`, `shutdown`, `resume_window_expired`, `too_many_parked`; `replaced` where nothing was ever heard of it, and
       * another one was opened by its delegation token, or by its principal that might have had no more.
       */
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
  | {
      /** The job could not be written down: it never was one, and its submit is refused. */
      readonly type: 'job.discarded'
      readonly job: ObservedJob
    }
  | {
      /** A submit has taken up a job that there is, by its token or its key. */
      readonly type: 'job.resumed'
      readonly job: ObservedJob
      /** The session that asked. */
      readonly sessionId: string
      /** The one that owned the job until now, where that is another one. */
      readonly formerOwner?: string
      /** What this submit carried. */
      readonly traceContext?: TraceContext
    }
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
      /** An agent has charged its job. */
      readonly type: 'job.charged'
      readonly job: ObservedJob
      readonly currency: string
      /** A decimal, 0 or more. */
      readonly amount: string
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

/** A job that is about to be asked for. */
export interface ObservedSubmit {
  /** As the client names it; absent where a token alone names the job. */
  readonly agent?: string | undefined
  /** The trace the application has chosen for it. */
  readonly traceId?: string | undefined
}

/** What an observer adds to a submit, and what it wants to hear of it. */
export interface SubmitObserver {
  /** The trace the job is to belong to, unless the application has chosen one. */
  readonly traceId?: string | undefined
  /** Goes into the `extensions` of the envelope. */
  readonly extensions?: Extensions | undefined
  /**
   * Nothing more will come of it: its job has ended, or `error` says why not well, or why there is none. Where a submit
   * was given up, its job may be accepted after that, and end.
   */
  ended?(error: unknown, jobId?: string): void
}

/** Watches a runtime or a client. One that throws, or whose `around` never calls `run`, harms nothing. */
export interface Observer {
  /** Told of everything that happens in a runtime, as it happens; returns at once. */
  observe?(observation: Observation): void
  /**
   * Runs a job's agent, or one of its operations, inside a context of the observer's, by calling `run` and returning
   * what it returned.
   */
  around?<T>(job: ObservedJob, run: () => T, operation?: ObservedOperation): T
  /**
   * Names the trace of a job that nobody has named one for: 32 lower-case hex digits. `job.accepted` or
   * `job.discarded` follows. Without an answer the runtime makes one by chance. `docs/protocol.md` §11.
   */
  traceOf?(job: Omit<ObservedJob, 'traceId'>): string | undefined
  /**
   * Told of each event with all it says, its payload as JSON: only who defines this is handed what jobs say. Returns at
   * once.
   */
  read?(job: ObservedJob, eventType: string, payload: string): void
  /** In a client: a job is about to be asked for. Returns at once. */
  submit?(submit: ObservedSubmit): SubmitObserver | undefined
}
