import type { Timers } from '@arcp/protocol'

/**
 * The time a lease has left, by both clocks: it is over when either says so. The monotonic one knows nothing of a
 * machine's sleep, and the wall clock can be set back. `docs/protocol.md` §7.
 */
export class Countdown {
  readonly #clock: Pick<Timers, 'now' | 'monotonic'>
  readonly #endsAt: number
  readonly #endsAtMonotonic: number

  /**
   * @param ms from now on
   * @param now milliseconds since the epoch
   */
  constructor(clock: Pick<Timers, 'now' | 'monotonic'>, ms: number, now = clock.now()) {
    this.#clock = clock
    this.#endsAt = now + ms
    this.#endsAtMonotonic = clock.monotonic() + ms
  }

  /** Milliseconds; 0 and below when it is over. */
  get leftMs(): number {
    return Math.min(this.#endsAtMonotonic - this.#clock.monotonic(), this.#endsAt - this.#clock.now())
  }

  get isOver(): boolean {
    return this.leftMs <= 0
  }
}
