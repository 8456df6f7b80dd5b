import type { JobEvent, JobState, Lease, LeaseConstraints } from '@arcp/protocol'
import { copyOfLease } from '../authority/enforced-lease'
import { ChildEvents } from './child-events'
import { ChildResult, type ChildResultParts } from './child-result'
import type { Job } from './job'

/**
 * A job that an agent has handed work to. It ends with its parent at the latest. Its events and its result are each used
 * without the other, and nothing rejects unhandled. `docs/protocol.md` §8.
 */
export interface ChildJob<Result = unknown> {
  readonly id: string
  /** `name@version` */
  readonly agent: string
  readonly state: JobState
  /** What it may touch. */
  readonly lease: Lease
  /** When its lease ends; `undefined` where it does not. */
  readonly leaseConstraints: LeaseConstraints | undefined
  /** The limits of its own, a decimal for each currency; `undefined` where it has none. */
  readonly budget: Readonly<Record<string, string>> | undefined
  /**
   * Its events in order of their `seq`, up to and with the terminal one, from the oldest that its log still holds. From
   * the call on nothing is left out: the child waits where its log is full of what is still to be read. A child whose
   * events nobody reads does not wait. One iteration at a time; one that is left early lets go of everything, and a
   * further one goes on from there.
   *
   * An iteration throws `RESUME_WINDOW_EXPIRED` where the log no longer holds what comes next.
   *
   * @throws TypeError while another iteration goes on
   */
  events(): AsyncIterableIterator<JobEvent>
  /**
   * What its agent returned; what came in parts is put together, of at most the limit `resultBytes`. Rejects with the
   * error of its code when the child failed, with `CancelledError` when it was cancelled, and with INTERNAL_ERROR where
   * results that are still coming in parts take more than the limit `childResultBytes`, which is no harm to the child. With
   * `RESUME_WINDOW_EXPIRED` where its end was gone before it could be read: beyond the limit `endedLogSize`.
   */
  result(): Promise<Result>
  /** Ends it. On a job that has ended it does nothing. */
  cancel(reason?: string): void
}

/** A child job as its parent's agent has it. To be made before the child begins. */
export class ChildJobHandle<Result> implements ChildJob<Result> {
  readonly #job: Job
  readonly #result: ChildResult
  #events: ChildEvents | undefined

  constructor(job: Job, parts: ChildResultParts) {
    this.#job = job
    this.#result = new ChildResult(job, parts)
  }

  get id(): string {
    return this.#job.facts.id
  }

  get agent(): string {
    return this.#job.facts.agent
  }

  get state(): JobState {
    return this.#job.state
  }

  get lease(): Lease {
    return copyOfLease(this.#job.facts.lease)
  }

  get leaseConstraints(): LeaseConstraints | undefined {
    const { leaseConstraints } = this.#job.facts
    return leaseConstraints && { ...leaseConstraints }
  }

  get budget(): Readonly<Record<string, string>> | undefined {
    const { budget } = this.#job.facts
    return budget && { ...budget }
  }

  events(): AsyncIterableIterator<JobEvent> {
    if (this.#events?.isOver === false) throw new TypeError('a child job has one reader at a time')
    this.#events = new ChildEvents(this.#job.log, this.#events?.nextSeq ?? 1)
    return this.#events
  }

  result(): Promise<Result> {
    return this.#result.promise as Promise<Result>
  }

  cancel(reason?: string): void {
    this.#job.end({ cause: 'cancel', reason })
  }
}
