import { type Clock, InternalError, type Timer } from '@arcp/protocol'

/** How long something may take, over all that it waits for. */
export class Deadline {
  readonly #late: Promise<never>
  readonly #timer: Timer
  #passed = false

  /** @param reason what a refusal gives as its reason */
  constructor(clock: Clock, ms: number, reason: string) {
    let reject!: (error: Error) => void
    this.#late = new Promise((_, settle) => {
      reject = settle
    })
    this.#late.catch(() => {})
    const late = () => {
      this.#passed = true
      reject(new InternalError('it took too long', { details: { reason, limit: ms, retry_after_ms: 1_000 } }))
    }
    this.#timer = clock.setTimer(ms, late, { keepAlive: false })
  }

  get passed(): boolean {
    return this.#passed
  }

  /**
   * Waits for `promise`, whatever then becomes of it.
   *
   * @throws INTERNAL_ERROR once the time is over; what `promise` is rejected with
   */
  race<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#late])
  }

  /** What it was about is done. */
  cancel(): void {
    this.#timer.cancel()
  }
}
