import { DuplicateKeyError, type JobSubmit } from '@arcp/protocol'
import type { Scope } from '@arcp/protocol/store'
import type { Deadline } from '../deadline'
import { Tally } from '../tally'
import { fingerprintOf } from './fingerprint'
import type { Job } from './job'

/** Bounds of an {@link IdempotencyIndex}. */
export interface IdempotencyLimits {
  readonly keyedJobs: number
  readonly keyedJobsPerPrincipal: number
  readonly keyedSize: number
  readonly keyedSizePerPrincipal: number
}

/** Keys live long, so that trying again at once is of no use. */
const RETRY_MS = 60_000

interface Kept {
  readonly fingerprint: string
  /** The job, or the admission that is to make it. */
  readonly job: Promise<Job>
}

/** A key of a job, and what is kept of the job for it alone. */
interface Held {
  readonly index: string
  size: number
}

/** One job per scope and key, however often and however fast it is submitted. `docs/protocol.md` §3. */
export class IdempotencyIndex {
  readonly #kept = new Map<string, Kept>()
  readonly #held = new Map<Job, Held>()
  readonly #keys: Tally
  readonly #sizes: Tally

  constructor(limits: IdempotencyLimits) {
    this.#keys = new Tally({
      reason: 'keyed_jobs',
      all: limits.keyedJobs,
      perPrincipal: limits.keyedJobsPerPrincipal,
      retryAfterMs: RETRY_MS,
    })
    this.#sizes = new Tally({
      reason: 'keyed_size',
      all: limits.keyedSize,
      perPrincipal: limits.keyedSizePerPrincipal,
      retryAfterMs: RETRY_MS,
    })
  }

  /**
   * The job of this key, made by `admit` if there is none yet. Of concurrent submits the first makes it; when it is
   * refused, the next is admitted afresh.
   *
   * @throws DUPLICATE_KEY when the key belongs to another request; INTERNAL_ERROR for a new key where as many are kept
   * as may be; what `deadline` and `admit` throw
   */
  async once(
    scope: Scope,
    submit: JobSubmit,
    deadline: Deadline,
    admit: () => Promise<Job>,
  ): Promise<{ readonly job: Job; readonly repeated: boolean }> {
    const { principal } = scope
    const index = JSON.stringify([principal, scope.chain, submit.idempotency_key])
    const fingerprint = fingerprintOf(submit)
    for (let kept = this.#kept.get(index); kept; kept = this.#kept.get(index)) {
      const job = await deadline.race(kept.job.catch(() => undefined))
      if (!job) continue
      if (kept.fingerprint !== fingerprint) throw conflict(job)
      return { job, repeated: true }
    }
    this.#keys.check(principal)
    this.#sizes.check(principal)
    this.#keys.add(principal)
    const job = admit()
    this.#kept.set(index, { fingerprint, job })
    try {
      const made = await job
      this.#held.set(made, { index, size: 0 })
      return { job: made, repeated: false }
    } catch (error) {
      this.#kept.delete(index)
      this.#keys.subtract(principal)
      throw error
    }
  }

  /** All that is left of a job is kept for its key. */
  shortened(job: Job): void {
    const held = this.#held.get(job)
    if (!held) return
    held.size = job.log.size
    this.#sizes.add(job.facts.scope.principal, held.size)
  }

  /** A job is no longer kept, and neither is its key. */
  forget(job: Job): void {
    const held = this.#held.get(job)
    if (!held) return
    const { principal } = job.facts.scope
    this.#held.delete(job)
    this.#kept.delete(held.index)
    this.#keys.subtract(principal)
    this.#sizes.subtract(principal, held.size)
  }
}

function conflict(job: Job): Error {
  return new DuplicateKeyError('the idempotency key belongs to a different request', {
    details: { existing_job_id: job.facts.id },
  })
}
