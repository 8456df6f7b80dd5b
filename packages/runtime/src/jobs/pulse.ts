import type { Clock, Timer } from '@arcp/protocol'

/** What a {@link Pulse} needs. */
export interface PulseParts {
  readonly clock: Clock
  /** The silence after which it beats, and how often from then on, in milliseconds. */
  readonly intervalMs: number
  readonly beat: () => void
}

/** Beats while a job has nothing to say, so that whoever watches knows it still runs. `docs/protocol.md` §4. */
export class Pulse {
  readonly #parts: PulseParts
  #quietSince: number
  #timer: Timer | undefined

  constructor(parts: PulseParts) {
    this.#parts = parts
    this.#quietSince = parts.clock.monotonic()
    this.#arm(parts.intervalMs)
  }

  /** The job has said something. */
  touch(): void {
    this.#quietSince = this.#parts.clock.monotonic()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #arm(ms: number): void {
    this.#timer = this.#parts.clock.setTimer(ms, () => this.#check(), { keepAlive: false })
  }

  #check(): void {
    const { clock, intervalMs, beat } = this.#parts
    const left = this.#quietSince + intervalMs - clock.monotonic()
    if (left > 0) {
      this.#arm(left)
      return
    }
    beat()
    this.touch()
    this.#arm(intervalMs)
  }
}
