import type { Timers } from '@arcp/protocol'

/**
 * The time a lease has left, by both clocks: it is over when either says so. The monotonic one knows nothing of a
 * machine's sleep, and the wall clock can be set back. `docs/protocol.md` §7.
 */
export class Countdown {
  readonly #clock: Pick<Timers, 'now' | 'monotonic'>
  readonly #endsAt: number
  readonly #endsAtMonotonic: number
  readonly #within: Countdown | undefined

  /**
   * @param ms from now on
   * @param now milliseconds since the epoch
   * @param within one that it does not outlast
   */
  constructor(clock: Pick<Timers, 'now' | 'monotonic'>, ms: number, now = clock.now(), within?: Countdown) {
    this.#clock = clock
    this.#endsAt = now + ms
    this.#endsAtMonotonic = clock.monotonic() + ms
    this.#within = within
  }

  /** When it is over by the wall clock, in milliseconds since the epoch. */
  get endsAt(): number {
    return this.#endsAt
  }

  /** Milliseconds; 0 and below when it is over. */
  get leftMs(): number {
    const own = Math.min(this.#endsAtMonotonic - this.#clock.monotonic(), this.#endsAt - this.#clock.now())
    return this.#within ? Math.min(own, this.#within.leftMs) : own
  }

  get isOver(): boolean {
    return !(this.leftMs > 0)
  }
}
