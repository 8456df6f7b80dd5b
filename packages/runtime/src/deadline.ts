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

/**
 * How long something may take, over all that it waits for, one after the other. Its time begins with the first wait: what
 * waits for nothing costs nothing.
 */
export class Deadline {
  readonly #parts: DeadlineParts
  #late: Promise<never> | undefined
  #reject: (error: Error) => void = () => {}
  #timer: Timer | undefined
  #waitedFor: Promise<unknown> | undefined
  /** What its time was ended with. */
  #error: Error | undefined

  constructor(parts: DeadlineParts) {
    this.#parts = parts
  }

  get passed(): boolean {
    return this.#error !== undefined
  }

  /**
   * Waits for `promise`, whatever then becomes of it.
   *
   * @throws INTERNAL_ERROR once the time is over; what it was ended with; what `promise` is rejected with
   */
  race<T>(promise: Promise<T>): Promise<T> {
    this.#waitedFor = promise
    this.#late ??= this.#begin()
    return Promise.race([promise, this.#late])
  }

  /** Lets the time be over now: {@link race} throws `error`. */
  end(error: Error): void {
    if (this.#error) return
    this.#error = error
    this.#timer?.cancel()
    if (this.#waitedFor) this.#parts.onLeft(this.#waitedFor)
    this.#reject(error)
  }

  /** What it was about is done. */
  cancel(): void {
    this.#timer?.cancel()
  }

  #begin(): Promise<never> {
    const { clock, ms, reason } = this.#parts
    const late = new Promise<never>((_, reject) => {
      this.#reject = reject
    })
    late.catch(() => {})
    if (this.#error) this.#reject(this.#error)
    else this.#timer = clock.setTimer(ms, () => this.end(tooLong(reason, ms)), { keepAlive: false })
    return late
  }
}

function tooLong(reason: string, limit: number): Error {
  return new InternalError('it took too long', { details: { reason, limit, retry_after_ms: 1_000 } })
}
