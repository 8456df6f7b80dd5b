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
  /** How long each question of a probe waits, in milliseconds, and how many are still to be asked. */
  #probeMs = 0
  #questions = 0

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

  /**
   * Asks at once: a peer that says nothing within `ms` milliseconds, or an interval if that is shorter, counts as gone.
   * What comes within them may have been held back from before it went, as browsers do to a page that is offline; so it
   * is asked once more.
   */
  probe(ms: number): void {
    this.#probeMs = Math.min(ms, this.#parts.intervalMs)
    this.#questions = 2
    this.received()
    this.stop()
    this.#beat()
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
    const { intervalMs } = this.#parts
    const now = this.#parts.clock.monotonic()
    if (now - this.#receivedAt >= 2 * intervalMs) {
      this.#parts.onLost()
      return
    }
    const asks = this.#questions > 0
    if (asks) {
      this.#questions--
      this.#receivedAt = now + this.#probeMs - 2 * intervalMs
    }
    if (asks || now - this.#sentAt >= intervalMs) {
      this.#parts.ping()
      this.#sentAt = now
    }
    this.#arm()
  }
}
