import { CancelledError } from '@arcp/protocol'
import type { Deadline } from '../deadline'
import { limitReached } from '../limit-reached'

/** A child, as far as its parent's end is concerned. */
interface Child {
  end(ending: { readonly cause: 'parent'; readonly graceMs: number }): boolean
}

/** The children of one job that have not ended, and those being decided. None outlives it. `docs/protocol.md` §8. */
export class Children<Job extends Child> {
  readonly #limit: number
  readonly #onEnded: () => void
  readonly #unended = new Set<Job>()
  readonly #deciding = new Set<Deadline>()
  /** What those have left that come too late; set once the job has ended. */
  #graceMs: number | undefined
  #onNone = () => {}

  /**
   * @param limit how many there may be at the same time
   * @param onEnded a child has its terminal
   */
  constructor(limit: number, onEnded: () => void) {
    this.#limit = limit
    this.#onEnded = onEnded
  }

  /** Those that have not ended. */
  get unended(): Iterable<Job> {
    return this.#unended
  }

  /**
   * One more is about to be decided on, within a time that ends with the job.
   *
   * @throws INTERNAL_ERROR where there are as many as there may be
   */
  begin(deadline: Deadline): void {
    if (this.#unended.size + this.#deciding.size >= this.#limit) throw limitReached('child_jobs', this.#limit)
    this.#deciding.add(deadline)
  }

  /** It has been decided on. */
  decided(deadline: Deadline): void {
    this.#deciding.delete(deadline)
    this.#checkNone()
  }

  /** It has become a job; one that comes too late ends with the others. */
  add(job: Job): void {
    this.#unended.add(job)
    if (this.#graceMs !== undefined) job.end({ cause: 'parent', graceMs: this.#graceMs })
  }

  /** A child has its terminal. */
  remove(job: Job): void {
    if (this.#unended.delete(job)) this.#onEnded()
    this.#checkNone()
  }

  /**
   * Ends them all with their parent; resolves when each has its terminal.
   *
   * @param graceMs how long their agents may take
   */
  end(graceMs: number): Promise<void> {
    this.#graceMs = graceMs
    for (const deadline of this.#deciding) deadline.end(new CancelledError('the parent has ended'))
    for (const job of this.#unended) job.end({ cause: 'parent', graceMs })
    return new Promise((resolve) => {
      this.#onNone = resolve
      this.#checkNone()
    })
  }

  #checkNone(): void {
    if (this.#unended.size + this.#deciding.size === 0) this.#onNone()
  }
}
