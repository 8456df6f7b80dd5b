import type { Clock, Timer } from '@arcp/protocol'
import { longTimer } from '../long-timer'
import type { Job } from './job'
import { JobIndex } from './job-index'

/** Bounds of a {@link JobTable}. */
export interface JobTableLimits {
  readonly endedJobs: number
  readonly endedJobMs: number
  readonly endedLogSize: number
}

/** An ended job: since when it stands here, and what its log holds. */
interface Ended {
  readonly since: number
  readonly size: number
}

/** Every job this process holds: those that run, and the ended ones that are still kept. */
export class JobTable {
  /** All of them, to be listed. */
  readonly all = new JobIndex()
  readonly #jobs = new Map<string, Job>()
  /** Ended jobs whose owner has not been sent the end yet, oldest first. They count as active. */
  readonly #untold = new Map<string, Ended>()
  /** Ended jobs nobody waits for, oldest first. */
  readonly #told = new Map<string, Ended>()
  readonly #clock: Clock
  readonly #limits: JobTableLimits
  readonly #onForgotten: (jobId: string) => void
  readonly #byOwner = new Map<string, Set<Job>>()
  readonly #byPrincipal = new Map<string, JobIndex>()
  #endedSize = 0
  #sweep: Timer | undefined
  #closed = false

  constructor(clock: Clock, limits: JobTableLimits, onForgotten: (jobId: string) => void) {
    this.#clock = clock
    this.#limits = limits
    this.#onForgotten = onForgotten
  }

  /** Jobs that have not ended, or whose owner does not know it yet. */
  get activeCount(): number {
    return this.#jobs.size - this.#told.size
  }

  add(job: Job): void {
    const { id, scope } = job.facts
    this.#jobs.set(id, job)
    const ofPrincipal = this.of(scope.principal)
    this.#byPrincipal.set(scope.principal, ofPrincipal)
    for (const index of [this.all, ofPrincipal]) index.add(job)
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
    this.told(job)
  }

  /** The jobs a session has authority over. */
  ownedBy(sessionId: string): Job[] {
    return [...(this.#byOwner.get(sessionId) ?? [])]
  }

  get(jobId: string): Job | undefined {
    return this.#jobs.get(jobId)
  }

  /** The jobs of one principal, to be listed. */
  of(principal: string): JobIndex {
    return this.#byPrincipal.get(principal) ?? new JobIndex()
  }

  *active(): Iterable<Job> {
    for (const [id, job] of this.#jobs) if (!this.#untold.has(id) && !this.#told.has(id)) yield job
  }

  /** A job has ended: from now on it is kept only within the limits. */
  ended(job: Job): void {
    const { size } = job.log
    this.#untold.set(job.facts.id, { since: this.#clock.monotonic(), size })
    this.#endedSize += size
    if (job.owner === undefined || !job.awaited) this.told(job)
    else this.#evict()
  }

  /** A job's owner has been sent the end, or does not want it. */
  told(job: Job): void {
    job.awaited = false
    const { id } = job.facts
    const ended = this.#untold.get(id)
    if (!ended) return
    this.#untold.delete(id)
    this.#told.set(id, { ...ended, since: this.#clock.monotonic() })
    this.#evict()
  }

  /** Stops housekeeping. */
  close(): void {
    this.#closed = true
    this.#sweep?.cancel()
  }

  #disown(job: Job): void {
    if (job.owner === undefined) return
    const owned = this.#byOwner.get(job.owner)
    owned?.delete(job)
    if (owned?.size === 0) this.#byOwner.delete(job.owner)
  }

  /** The count bounds what nobody waits for; size and age bound everything. */
  #evict(): void {
    const { endedJobs, endedJobMs, endedLogSize } = this.#limits
    const now = this.#clock.monotonic()
    const isOld = ({ since }: Ended) => since + endedJobMs <= now
    this.#forget(this.#told, (oldest) => {
      return this.#told.size > endedJobs || this.#endedSize > endedLogSize || isOld(oldest)
    })
    this.#forget(this.#untold, (oldest) => this.#endedSize > endedLogSize || isOld(oldest))
    this.#sweepLater(now)
  }

  #forget(kept: Map<string, Ended>, isDue: (oldest: Ended) => boolean): void {
    for (const [id, ended] of kept) {
      if (!isDue(ended)) return
      kept.delete(id)
      this.#endedSize -= ended.size
      const job = this.#jobs.get(id)
      this.#jobs.delete(id)
      if (job) this.#drop(job)
      this.#onForgotten(id)
    }
  }

  #drop(job: Job): void {
    const { principal } = job.facts.scope
    const ofPrincipal = this.of(principal)
    for (const index of [this.all, ofPrincipal]) index.remove(job)
    if (ofPrincipal.size === 0) this.#byPrincipal.delete(principal)
    this.#disown(job)
    job.log.clear()
  }

  #sweepLater(now: number): void {
    if (this.#sweep || this.#closed) return
    const [told] = this.#told.values()
    const [untold] = this.#untold.values()
    if (!told && !untold) return
    const since = Math.min(told?.since ?? now, untold?.since ?? now)
    this.#sweep = longTimer(this.#clock, since + this.#limits.endedJobMs - now, () => {
      this.#sweep = undefined
      this.#evict()
    })
  }
}
