import { type Clock, InternalError, type Timer } from '@arcp/protocol'

/** What a {@link Deadline} is. */
export interface DeadlineParts {
  readonly clock: Clock
  readonly ms: number
  /** What a refusal gives as its reason. */
  readonly reason: string
  /** Called with what was waited for when the time is over; it goes on. */
  readonly onLeft: (promise: Promise<unknown>) => void
}

/** How long something may take, over all that it waits for, one after the other. */
export class Deadline {
  readonly #late: Promise<never>
  readonly #timer: Timer
  readonly #onLeft: DeadlineParts['onLeft']
  #reject!: (error: Error) => void
  #waitedFor: Promise<unknown> | undefined
  #passed = false

  constructor({ clock, ms, reason, onLeft }: DeadlineParts) {
    this.#onLeft = onLeft
    this.#late = new Promise((_, reject) => {
      this.#reject = reject
    })
    this.#late.catch(() => {})
    const late = () =>
      this.end(
        new InternalError('it took too long', { details: { reason, limit: ms, retry_after_ms: 1_000 } }),
      )
    this.#timer = clock.setTimer(ms, late, { keepAlive: false })
  }

  get passed(): boolean {
    return this.#passed
  }

  /**
   * Waits for `promise`, whatever then becomes of it.
   *
   * @throws INTERNAL_ERROR once the time is over; what it was ended with; what `promise` is rejected with
   */
  race<T>(promise: Promise<T>): Promise<T> {
    this.#waitedFor = promise
    return Promise.race([promise, this.#late])
  }

  /** Lets the time be over now: {@link race} throws `error`. */
  end(error: Error): void {
    if (this.#passed) return
    this.#passed = true
    this.#timer.cancel()
    if (this.#waitedFor) this.#onLeft(this.#waitedFor)
    this.#reject(error)
  }

  /** What it was about is done. */
  cancel(): void {
    this.#timer.cancel()
  }
}
