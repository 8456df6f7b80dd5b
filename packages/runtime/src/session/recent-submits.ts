import { JobNotFoundError } from '@arcp/protocol'
import type { Submitted } from '../jobs/host'
import type { Job } from '../jobs/job'

/** Answers kept for a client that asks again after it lost the connection. */
const LIMIT = 1_000

/** What is kept of an answer: which job it was, but not the job, which is forgotten in its own time. */
type Answered = Omit<Submitted, 'job'> & { readonly jobId: string }

/** What became of a session's latest submits, by the request's `id`; rejections are not remembered. */
export class RecentSubmits {
  readonly #kept = new Map<string, Promise<Submitted> | Answered>()

  /**
   * What came of this submit, if it came before; `find` looks up the job.
   *
   * @returns rejects with JOB_NOT_FOUND where the job is forgotten by now: it must not be run again
   */
  get(id: string, find: (jobId: string) => Job | undefined): Promise<Submitted> | undefined {
    const kept = this.#kept.get(id)
    if (!kept || kept instanceof Promise) return kept
    const { jobId, ...answer } = kept
    const job = find(jobId)
    if (job) return Promise.resolve({ ...answer, job })
    return Promise.reject(jobForgotten(jobId))
  }

  /** @param unanswered how many, this one the last of them, have not been answered yet: none of those is let go */
  add(id: string, outcome: Promise<Submitted>, unanswered = 1): void {
    this.#kept.set(id, outcome)
    outcome.then(
      ({ job, resumed, afterSeq }) => {
        if (this.#kept.has(id)) this.#kept.set(id, { jobId: job.facts.id, resumed, afterSeq })
      },
      () => this.#kept.delete(id),
    )
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= Math.max(LIMIT, unanswered)) break
      this.#kept.delete(oldest)
    }
  }
}

export function jobForgotten(jobId: string): Error {
  return new JobNotFoundError('the job of this submit is forgotten', { details: { job_id: jobId } })
}
