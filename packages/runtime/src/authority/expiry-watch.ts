import type { Clock, Timer } from '@arcp/protocol'
import { longTimer } from '../long-timer'
import type { Countdown } from './countdown'

/** How often it is looked whether the wall clock has jumped, which no timer notices, in milliseconds. */
const LOOK_MS = 1_000
/** How far it may run ahead of the other clock before that counts as a jump, in milliseconds. */
const JUMP_MS = 100

interface Watched {
  readonly countdown: Countdown
  readonly onOver: () => void
  timer?: Timer
}

/** Looks out for the end of countdowns, with timers that keep no process alive. `docs/protocol.md` §7. */
export class ExpiryWatch {
  readonly #clock: Clock
  readonly #watched = new Set<Watched>()
  #look: Timer | undefined
  /** How far the wall clock is ahead of the monotonic one, when that was last acted upon. */
  #lead = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `onOver` once, as soon as the countdown is over, at most a second late; never before this returns. */
  watch(countdown: Countdown, onOver: () => void): Timer {
    const one: Watched = { countdown, onOver }
    if (this.#watched.size === 0) {
      this.#lead = this.#currentLead
      this.#lookLater()
    }
    this.#watched.add(one)
    this.#arm(one)
    return { cancel: () => this.#forget(one) }
  }

  get #currentLead(): number {
    return this.#clock.now() - this.#clock.monotonic()
  }

  #arm(one: Watched): void {
    one.timer?.cancel()
    one.timer = longTimer(this.#clock, Math.max(one.countdown.leftMs, 0), () => this.#check(one))
  }

  #check(one: Watched): void {
    if (!one.countdown.isOver) {
      this.#arm(one)
      return
    }
    this.#forget(one)
    one.onOver()
  }

  #forget(one: Watched): void {
    one.timer?.cancel()
    if (this.#watched.delete(one) && this.#watched.size === 0) this.#look?.cancel()
  }

  #lookLater(): void {
    this.#look = this.#clock.setTimer(LOOK_MS, () => this.#lookForJump(), { keepAlive: false })
  }

  #lookForJump(): void {
    this.#lookLater()
    const lead = this.#currentLead
    const hasJumped = lead - this.#lead >= JUMP_MS
    if (hasJumped || lead < this.#lead) this.#lead = lead
    // Each by a timer of its own, so that what one of them throws keeps no other one waiting.
    if (hasJumped) for (const one of this.#watched) this.#arm(one)
  }
}
