import type { Clock } from '@arcp/protocol'
import { Tally } from '../tally'
import { EndedJobs, type EndedJobsLimits } from './ended-jobs'
import type { Job } from './job'
import { JobIndex } from './job-index'

/** Bounds of a {@link JobTable}. */
export interface JobTableLimits extends EndedJobsLimits {
  readonly activeJobs: number
  readonly activeJobsPerPrincipal: number
}

/** What a {@link JobTable} needs. */
export interface JobTableParts {
  readonly clock: Clock
  readonly limits: JobTableLimits
  /** Nothing but the terminal is kept any more. */
  readonly onShortened: (job: Job) => void
  readonly onForgotten: (job: Job) => void
}

/** Every job this process holds: those that run, and the ended ones that are still kept. */
export class JobTable {
  /** All of them, to be listed. */
  readonly all = new JobIndex()
  /** Jobs that have not ended, or whose owner does not know it yet, and those about to be added. */
  readonly active: Tally
  readonly #jobs = new Map<string, Job>()
  readonly #byOwner = new Map<string, Set<Job>>()
  readonly #byPrincipal = new Map<string, JobIndex>()
  readonly #ended: EndedJobs
  #unended = 0
  #onIdle: (() => void)[] = []

  constructor({ clock, limits, onShortened, onForgotten }: JobTableParts) {
    this.active = new Tally({
      reason: 'active_jobs',
      all: limits.activeJobs,
      perPrincipal: limits.activeJobsPerPrincipal,
    })
    this.#ended = new EndedJobs({
      clock,
      limits,
      onSettled: ({ facts }) => this.active.subtract(facts.scope.principal),
      onShortened: (job) => {
        job.awaited = false
        job.log.shorten()
        onShortened(job)
      },
      onForgotten: (job) => {
        this.#drop(job)
        onForgotten(job)
      },
    })
  }

  /** Takes a job in; `isKeyed` when it will have to answer for an idempotency key. */
  add(job: Job, { isKeyed }: { readonly isKeyed: boolean }): void {
    const { id, scope } = job.facts
    this.#jobs.set(id, job)
    this.#unended++
    this.active.add(scope.principal)
    if (isKeyed) this.#ended.keep(job)
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
    job.log.abandon()
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

  /** Those that have not ended. */
  *unended(): Iterable<Job> {
    for (const job of this.#jobs.values()) if (!this.#ended.has(job)) yield job
  }

  /** A job has ended: from now on it is kept only within the limits. */
  ended(job: Job): void {
    this.#ended.add(job)
    this.#unended--
    if (this.#unended === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  /** Resolves when there is none that has not ended. */
  idle(): Promise<void> {
    if (this.#unended === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }

  /** A job's owner has been sent the end, or does not want it. */
  told(job: Job): void {
    job.awaited = false
    this.#ended.settle(job)
  }

  /** The agent that handed a job out has its end. */
  read(job: Job): void {
    job.unread = false
    this.#ended.settle(job)
  }

  /** Stops housekeeping. */
  close(): void {
    this.#ended.close()
  }

  #disown(job: Job): void {
    if (job.owner === undefined) return
    const owned = this.#byOwner.get(job.owner)
    owned?.delete(job)
    if (owned?.size === 0) this.#byOwner.delete(job.owner)
  }

  #drop(job: Job): void {
    const { principal } = job.facts.scope
    this.#jobs.delete(job.facts.id)
    const ofPrincipal = this.of(principal)
    for (const index of [this.all, ofPrincipal]) index.remove(job)
    if (ofPrincipal.size === 0) this.#byPrincipal.delete(principal)
    this.#disown(job)
    job.log.clear()
  }
}
