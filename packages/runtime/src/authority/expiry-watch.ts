import type { Clock, Timer } from '@arcp/protocol'
import type { Countdown } from './countdown'

/** How late the end of a countdown is noticed at most, in milliseconds: no timer notices a wall clock that jumps. */
const LATEST_MS = 1_000

/** Looks out for the end of countdowns, all of them with one timer that nothing waits for. `docs/protocol.md` §7. */
export class ExpiryWatch {
  readonly #clock: Clock
  readonly #watched = new Map<object, { readonly countdown: Countdown; readonly onOver: () => void }>()
  #timer: Timer | undefined
  #dueAt = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `onOver` once, as soon as the countdown is over, at most a second late; never before this returns. */
  watch(countdown: Countdown, onOver: () => void): Timer {
    const key = {}
    this.#watched.set(key, { countdown, onOver })
    this.#arm(countdown.leftMs)
    return {
      cancel: () => {
        if (this.#watched.delete(key) && this.#watched.size === 0) this.#disarm()
      },
    }
  }

  #look(): void {
    this.#disarm()
    let next = LATEST_MS
    for (const [key, { countdown, onOver }] of this.#watched) {
      const { leftMs } = countdown
      if (leftMs > 0) next = Math.min(next, leftMs)
      else {
        this.#watched.delete(key)
        onOver()
      }
    }
    if (this.#watched.size > 0) this.#arm(next)
  }

  #arm(ms: number): void {
    const wait = Math.min(Math.max(ms, 0), LATEST_MS)
    const dueAt = this.#clock.monotonic() + wait
    if (dueAt >= this.#dueAt) return
    this.#timer?.cancel()
    this.#dueAt = dueAt
    this.#timer = this.#clock.setTimer(wait, () => this.#look(), { keepAlive: false })
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
  }
}
