import type { Clock } from '@arcp/protocol'

const WINDOW_MS = 1_000

/** Counts what comes within a second. */
export class RateLimit {
  readonly #clock: Clock
  readonly #perSecond: number
  #windowStart = Number.NEGATIVE_INFINITY
  #count = 0

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
  }

  /** Whether what has come so far counts no longer. */
  get isOver(): boolean {
    return this.#clock.monotonic() - this.#windowStart >= WINDOW_MS
  }

  /** Counts one more; `false` when it is one too many. */
  take(): boolean {
    if (this.isOver) {
      this.#windowStart = this.#clock.monotonic()
      this.#count = 0
    }
    return ++this.#count <= this.#perSecond
  }
}
