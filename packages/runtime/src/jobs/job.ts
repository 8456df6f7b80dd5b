import { setMaxListeners } from 'node:events'
import type { ArcpError, JobState, JobStatus, Lease, LeaseConstraints, TraceContext } from '@arcp/protocol'
import type { ObservedJob } from '@arcp/protocol/observe'
import type { Scope } from '@arcp/protocol/store'
import type { JobCredentials } from '../authority/credentials/job-credentials'
import type { Handover } from '../authority/delegation/handover'
import type { Children } from './children'
import type { JobLog } from './log'
import type { Pulse } from './pulse'

/** What ends a job: the first one counts. `docs/protocol.md` §3. */
export type Ending =
  | { readonly cause: 'returned' }
  | { readonly cause: 'threw'; readonly error: ArcpError }
  | { readonly cause: 'cancel'; readonly reason: string | undefined }
  | {
      readonly cause: 'parent'
      /** How long its agent may take: as long as the parent's own, in milliseconds. */
      readonly graceMs: number
    }
  | {
      readonly cause:
        | 'lease_expired'
        | 'timeout'
        | 'shutdown'
        | 'runtime_lost'
        | 'emit_overflow'
        | 'store_failed'
      readonly error: ArcpError
    }

/** What a job is from the start. */
export interface JobFacts {
  readonly id: string
  /** `name@version` */
  readonly agent: string
  readonly scope: Scope
  readonly lease: Lease
  /** Both forms of the lease's end, if it has one. */
  readonly leaseConstraints?: LeaseConstraints | undefined
  /** What is limited, a decimal string for each currency. */
  readonly budget?: Record<string, string> | undefined
  readonly traceId: string
  /** What its submit carried. */
  readonly traceContext?: TraceContext | undefined
  readonly parentJobId?: string | undefined
  /** How many jobs it stands below, as their child; absent for one that a session submitted. */
  readonly depth?: number | undefined
  /** Where a token gave it its authority, or that of a job above it. */
  readonly handover?: Handover | undefined
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly log: JobLog
}

/** A job in this process: its facts, its state, and the one cause it ends by. */
export class Job {
  readonly facts: JobFacts
  readonly log: JobLog
  /** Resolves with the ending cause, once it is set. */
  readonly ended: Promise<Ending>
  state: JobState = 'queued'
  /** Milliseconds since the epoch, as `endedAt`. */
  startedAt: number | undefined
  endedAt: number | undefined
  /** The number of its `job.started`. */
  startedSeq: number | undefined
  /** The code its `job.failed` told. */
  errorCode: string | undefined
  /** Beats while the agent runs and is silent. */
  pulse: Pulse | undefined
  /** Appends what the runtime itself has to say of it; there from its acceptance to its terminal. */
  tell: ((status: JobStatus) => void) | undefined
  /** The session with authority over it; `undefined` once that session has ended. */
  owner: string | undefined
  /** Whether its owner is still to be sent the end. */
  awaited = true
  /** Whether the agent that handed it out is still to have its end. */
  unread = false
  /** Those it has handed work to, once it has. */
  children: Children<Job> | undefined
  /** What it is known by elsewhere, where anything is made for it. */
  credentials: JobCredentials | undefined
  /** What proves it to its owner, once that has been computed. */
  resumeToken: string | undefined
  #observed: ObservedJob | undefined
  #abort: AbortController | undefined
  #ending: Ending | undefined
  #settle!: (ending: Ending) => void

  constructor(facts: JobFacts, owner: string) {
    this.facts = facts
    this.log = facts.log
    this.owner = owner
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Aborts when anything but the agent itself ends the job. Most agents never ask, and each costs something. */
  get abort(): AbortController {
    if (!this.#abort) {
      this.#abort = new AbortController()
      // An agent may do many things at once that all heed it, of which older versions of Node warn as of a leak. They take
      // 0 for no limit, but then the signal for none.
      setMaxListeners(Number.POSITIVE_INFINITY, this.#abort.signal)
    }
    return this.#abort
  }

  get ending(): Ending | undefined {
    return this.#ending
  }

  /** Sets the ending cause; `false` when another came first. */
  end(ending: Ending): boolean {
    if (this.#ending) return false
    this.#ending = ending
    this.#settle(ending)
    return true
  }

  /** The job as observers see it. */
  observed(): ObservedJob {
    const sessionId = this.owner ?? ''
    if (this.#observed?.sessionId === sessionId) return this.#observed
    const { id, agent, scope, traceId, parentJobId, traceContext } = this.facts
    this.#observed = {
      jobId: id,
      agent,
      sessionId,
      scope,
      traceId,
      ...(parentJobId === undefined ? undefined : { parentJobId }),
      ...(traceContext && { traceContext }),
    }
    return this.#observed
  }
}
