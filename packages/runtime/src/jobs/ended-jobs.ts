import type { Clock, Timer } from '@arcp/protocol'
import { longTimer } from '../long-timer'
import type { Job } from './job'

/** How long, and how much of, ended jobs are kept. */
export interface EndedJobsLimits {
  readonly endedJobs: number
  readonly endedJobMs: number
  readonly endedLogSize: number
  readonly idempotencyKeyMs: number
}

/** What {@link EndedJobs} need. */
export interface EndedJobsParts {
  readonly clock: Clock
  readonly limits: EndedJobsLimits
  /** The job counts as active no longer: its owner knows the end, or is not waited for any more. Called once. */
  readonly onSettled: (job: Job) => void
  /** All but the terminal of its log is to go; the job is kept for its key. */
  readonly onShortened: (job: Job) => void
  readonly onForgotten: (job: Job) => void
}

/** An ended job: since when it stands here, and what its log holds. */
interface Ended {
  readonly since: number
  readonly size: number
}

/**
 * Which ended jobs are kept. One with a key goes only after its key's time: before, it loses its log but the terminal.
 */
export class EndedJobs {
  readonly #parts: EndedJobsParts
  /** Jobs whose owner has not been sent the end yet, oldest first. */
  readonly #untold = new Map<Job, Ended>()
  /** Jobs nobody waits for, oldest first. */
  readonly #told = new Map<Job, Ended>()
  /** Jobs that are kept for their keys alone. */
  readonly #shortened = new Set<Job>()
  /** Until when the keys of jobs are kept at least, the first to go first. */
  readonly #keys = new Map<Job, number>()
  #size = 0
  #sweep: Timer | undefined
  #sweepAt = Number.POSITIVE_INFINITY
  #closed = false

  constructor(parts: EndedJobsParts) {
    this.#parts = parts
  }

  has(job: Job): boolean {
    return this.#untold.has(job) || this.#told.has(job) || this.#shortened.has(job)
  }

  /** The job was made by a key, and will have to answer for it. Said when it begins. */
  keep(job: Job): void {
    const { clock, limits } = this.#parts
    this.#keys.set(job, clock.monotonic() + limits.idempotencyKeyMs)
  }

  /** A job has ended: from now on it is kept only within the limits. */
  add(job: Job): void {
    const { size } = job.log
    this.#untold.set(job, { since: this.#parts.clock.monotonic(), size })
    this.#size += size
    if (isWaitedFor(job)) this.#evict()
    else this.settle(job)
  }

  /** Lets it go among the others as soon as nobody waits for its end any more. */
  settle(job: Job): void {
    const ended = this.#untold.get(job)
    if (!ended || isWaitedFor(job)) return
    this.#untold.delete(job)
    this.#told.set(job, { since: this.#parts.clock.monotonic(), size: ended.size })
    this.#parts.onSettled(job)
    this.#evict()
  }

  /** Stops housekeeping. */
  close(): void {
    this.#closed = true
    this.#sweep?.cancel()
  }

  /** The count bounds what nobody waits for; size and age bound everything. */
  #evict(): void {
    const { clock, limits } = this.#parts
    const { endedJobs, endedJobMs, endedLogSize } = limits
    const now = clock.monotonic()
    const isOld = ({ since }: Ended) => since + endedJobMs <= now
    this.#expireKeys(now)
    this.#letGo(this.#told, (oldest) => {
      return this.#told.size > endedJobs || this.#size > endedLogSize || isOld(oldest)
    })
    this.#letGo(this.#untold, (oldest) => this.#size > endedLogSize || isOld(oldest))
    this.#sweepLater(now)
  }

  #expireKeys(now: number): void {
    for (const [job, until] of this.#keys) {
      if (until > now) return
      this.#keys.delete(job)
      if (this.#shortened.delete(job)) this.#parts.onForgotten(job)
    }
  }

  #letGo(kept: Map<Job, Ended>, isDue: (oldest: Ended) => boolean): void {
    const { onSettled, onShortened, onForgotten } = this.#parts
    for (const [job, ended] of kept) {
      if (!isDue(ended)) return
      kept.delete(job)
      this.#size -= ended.size
      if (kept === this.#untold) onSettled(job)
      if (this.#keys.has(job)) {
        this.#shortened.add(job)
        onShortened(job)
      } else onForgotten(job)
    }
  }

  #sweepLater(now: number): void {
    // What has been added since the sweep was planned is due later, unless by its key.
    if (Number.isFinite(this.#sweepAt) && this.#shortened.size === 0) return
    const dueAt = this.#nextDue()
    if (this.#closed || dueAt >= this.#sweepAt) return
    this.#sweep?.cancel()
    this.#sweepAt = dueAt
    this.#sweep = longTimer(this.#parts.clock, dueAt - now, () => {
      this.#sweepAt = Number.POSITIVE_INFINITY
      this.#evict()
    })
  }

  /** When the next one is due by its age; never, if there is none. */
  #nextDue(): number {
    const [told] = this.#told.values()
    const [untold] = this.#untold.values()
    const [key] = this.#shortened.size > 0 ? this.#keys.values() : []
    const never = Number.POSITIVE_INFINITY
    const since = Math.min(told?.since ?? never, untold?.since ?? never)
    return Math.min(since + this.#parts.limits.endedJobMs, key ?? never)
  }
}

/** Whether its owner, or the agent that handed it out, is still to have its end. */
function isWaitedFor({ owner, awaited, unread }: Job): boolean {
  return unread || (owner !== undefined && awaited)
}
