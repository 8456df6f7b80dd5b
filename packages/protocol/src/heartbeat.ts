import type { Timer, Timers } from './clock'

/** What a {@link Heartbeat} needs. */
export interface HeartbeatParts {
  readonly clock: Timers
  /** How long this side may say nothing before it pings, in milliseconds; twice as long without a frame is the end. */
  readonly intervalMs: number
  readonly ping: () => void
  readonly onLost: () => void
}

/** Keeps an otherwise silent connection known to be alive, and finds out when it is not. `docs/protocol.md` §2. */
export class Heartbeat {
  readonly #parts: HeartbeatParts
  #sentAt: number
  #receivedAt: number
  #timer: Timer | undefined

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
    this.#sentAt = this.#receivedAt = parts.clock.monotonic()
    this.#arm()
  }

  /** Something was sent; no ping is needed for a while. */
  sent(): void {
    this.#sentAt = this.#parts.clock.monotonic()
  }

  /** Something has arrived; whatever it was, the peer lives. */
  received(): void {
    this.#receivedAt = this.#parts.clock.monotonic()
  }

  /** Asks at once: a peer that says nothing within `ms` milliseconds counts as gone. */
  probe(ms: number): void {
    const { clock, intervalMs, ping } = this.#parts
    this.#receivedAt = clock.monotonic() + ms - 2 * intervalMs
    ping()
    this.sent()
    this.stop()
    this.#arm()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #arm(): void {
    const { clock, intervalMs } = this.#parts
    const dueAt = Math.min(this.#sentAt + intervalMs, this.#receivedAt + 2 * intervalMs)
    const delay = Math.max(dueAt - clock.monotonic(), 1)
    this.#timer = clock.setTimer(delay, () => this.#beat(), { keepAlive: false })
  }

  #beat(): void {
    const { clock, intervalMs, ping, onLost } = this.#parts
    const now = clock.monotonic()
    if (now - this.#receivedAt >= 2 * intervalMs) {
      onLost()
      return
    }
    if (now - this.#sentAt >= intervalMs) {
      ping()
      this.#sentAt = now
    }
    this.#arm()
  }
}
