import { createHash } from 'node:crypto'
import { DuplicateKeyError, InvalidRequestError, type JobSubmit } from '@arcp/protocol'
import type { Scope } from '@arcp/protocol/store'
import canonicalize from 'canonicalize'
import type { Job } from './job'

interface Kept {
  readonly fingerprint: string
  /** The job, or the admission that is to make it. */
  readonly job: Promise<Job>
}

/** One job per scope and key, however often and however fast it is submitted. `docs/protocol.md` §3. */
export class IdempotencyIndex {
  readonly #kept = new Map<string, Kept>()
  readonly #indexOf = new Map<string, string>()

  /**
   * The job of this key, made by `admit` if there is none yet. Of concurrent submits the first makes it; when it is
   * refused, the next is admitted afresh.
   *
   * @throws DUPLICATE_KEY when the key belongs to another request; what `admit` throws
   */
  async once(
    scope: Scope,
    submit: JobSubmit,
    admit: () => Promise<Job>,
  ): Promise<{ readonly job: Job; readonly repeated: boolean }> {
    const index = JSON.stringify([scope.principal, scope.chain, submit.idempotency_key])
    const fingerprint = fingerprintOf(submit)
    for (let kept = this.#kept.get(index); kept; kept = this.#kept.get(index)) {
      const job = await kept.job.catch(() => undefined)
      if (!job) continue
      if (kept.fingerprint !== fingerprint) throw conflict(job)
      return { job, repeated: true }
    }
    const job = admit()
    this.#kept.set(index, { fingerprint, job })
    try {
      const made = await job
      this.#indexOf.set(made.facts.id, index)
      return { job: made, repeated: false }
    } catch (error) {
      this.#kept.delete(index)
      throw error
    }
  }

  /** A job is no longer kept, and neither is its key. */
  forget(jobId: string): void {
    const index = this.#indexOf.get(jobId)
    if (index === undefined) return
    this.#indexOf.delete(jobId)
    this.#kept.delete(index)
  }
}

/** What makes two submits the same request: what was asked, without what names, traces or extends it. */
function fingerprintOf({
  agent,
  input,
  lease_request,
  lease_constraints,
  max_runtime_sec,
}: JobSubmit): string {
  const asked = {
    agent,
    input: input ?? null,
    lease_request: lease_request ?? {},
    lease_constraints: lease_constraints ?? {},
    max_runtime_sec: max_runtime_sec ?? null,
  }
  try {
    return createHash('sha256')
      .update(canonicalize(asked) ?? '')
      .digest('base64')
  } catch (cause) {
    throw new InvalidRequestError('input: has no canonical form, so it cannot be submitted under a key', {
      cause,
    })
  }
}

function conflict(job: Job): Error {
  return new DuplicateKeyError('the idempotency key belongs to a different request', {
    details: { existing_job_id: job.facts.id },
  })
}
