import type { Clock, Timer } from '@arcp/protocol'
import { longTimer } from '../long-timer'
import type { Job } from './job'

/** Bounds of a {@link JobTable}. */
export interface JobTableLimits {
  readonly endedJobs: number
  readonly endedJobMs: number
  readonly endedLogSize: number
}

/** Every job this process holds: those that run, and the ended ones that are still kept. */
export class JobTable {
  readonly #jobs = new Map<string, Job>()
  /** Ended jobs, in the order they ended. */
  readonly #ended = new Map<string, { readonly endedAt: number; readonly size: number }>()
  readonly #clock: Clock
  readonly #limits: JobTableLimits
  readonly #onForgotten: (jobId: string) => void
  readonly #byOwner = new Map<string, Set<Job>>()
  #endedSize = 0
  #sweep: Timer | undefined

  constructor(clock: Clock, limits: JobTableLimits, onForgotten: (jobId: string) => void) {
    this.#clock = clock
    this.#limits = limits
    this.#onForgotten = onForgotten
  }

  /** Jobs that have not ended. */
  get activeCount(): number {
    return this.#jobs.size - this.#ended.size
  }

  add(job: Job): void {
    this.#jobs.set(job.facts.id, job)
    this.giveTo(job, job.owner)
  }

  /** Makes a session the owner of a job; `undefined` leaves it without one. */
  giveTo(job: Job, sessionId: string | undefined): void {
    this.#disown(job)
    job.owner = sessionId
    if (sessionId === undefined) return
    const owned = this.#byOwner.get(sessionId) ?? new Set()
    this.#byOwner.set(sessionId, owned.add(job))
  }

  /** Leaves a job without an owner: nobody is waited for any more. */
  abandon(job: Job): void {
    this.giveTo(job, undefined)
    job.log.release(Number.POSITIVE_INFINITY)
  }

  /** The jobs a session has authority over. */
  ownedBy(sessionId: string): Job[] {
    return [...(this.#byOwner.get(sessionId) ?? [])]
  }

  get(jobId: string): Job | undefined {
    return this.#jobs.get(jobId)
  }

  *active(): Iterable<Job> {
    for (const [id, job] of this.#jobs) if (!this.#ended.has(id)) yield job
  }

  /** A job has ended: from now on it is kept only within the limits. */
  ended(job: Job): void {
    const { size } = job.log
    this.#ended.set(job.facts.id, { endedAt: this.#clock.monotonic(), size })
    this.#endedSize += size
    this.#evict()
  }

  /** Stops housekeeping. */
  close(): void {
    this.#sweep?.cancel()
  }

  #disown(job: Job): void {
    if (job.owner === undefined) return
    const owned = this.#byOwner.get(job.owner)
    owned?.delete(job)
    if (owned?.size === 0) this.#byOwner.delete(job.owner)
  }

  #forget(job: Job): void {
    this.#jobs.delete(job.facts.id)
    this.#disown(job)
    job.log.clear()
    this.#onForgotten(job.facts.id)
  }

  #evict(): void {
    const { endedJobs, endedJobMs, endedLogSize } = this.#limits
    const now = this.#clock.monotonic()
    for (const [id, { endedAt, size }] of this.#ended) {
      const tooMany = this.#ended.size > endedJobs || this.#endedSize > endedLogSize
      if (!tooMany && endedAt + endedJobMs > now) break
      this.#ended.delete(id)
      this.#endedSize -= size
      const job = this.#jobs.get(id)
      if (job) this.#forget(job)
    }
    const [oldest] = this.#ended.values()
    if (!oldest) return
    this.#sweep ??= longTimer(this.#clock, oldest.endedAt + endedJobMs - now, () => {
      this.#sweep = undefined
      this.#evict()
    })
  }
}
