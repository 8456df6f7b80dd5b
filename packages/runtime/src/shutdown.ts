import { type ArcpError, type Clock, InternalError, refuseOthers, type Timer } from '@arcp/protocol'
import { longTimer } from './long-timer'

/** How a runtime is closed. */
export interface CloseOptions {
  /**
   * How long jobs may run on to their own ends, in milliseconds; `Infinity` waits for them all. Nothing new is taken
   * meanwhile. A further call may shorten it, and never makes it longer. Default 0.
   */
  readonly drainMs?: number
  /** When clients are told to come back, in milliseconds from the end. Default 1,000. The first call's counts. */
  readonly retryAfterMs?: number
}

/** The options with their defaults. @throws TypeError for a number that is no time, and an option there is none of */
export function resolveCloseOptions({
  drainMs = 0,
  retryAfterMs = 1_000,
  ...others
}: CloseOptions): Required<CloseOptions> {
  refuseOthers(others)
  if (!(typeof drainMs === 'number' && drainMs >= 0))
    throw new TypeError('drainMs must be a number of at least 0')
  if (Number.isSafeInteger(retryAfterMs) && retryAfterMs >= 0) return { drainMs, retryAfterMs }
  throw new TypeError('retryAfterMs must be an integer of at least 0')
}

/** What is refused, or ended, because the runtime closes. `docs/protocol.md` §3. */
export function shutdownError(): ArcpError {
  return new InternalError('the runtime is closing', { details: { reason: 'shutdown' } })
}

/** The time that jobs are left when a runtime closes. It can be shortened, and never made longer. */
export class Drain {
  /** Resolves when it is over. */
  readonly over: Promise<void>
  readonly #clock: Clock
  #end!: () => void
  #dueAt = Number.POSITIVE_INFINITY
  #timer: Timer | undefined
  #isOver = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Leaves no more than this, in milliseconds. */
  leave(ms: number): void {
    const dueAt = this.#clock.monotonic() + ms
    if (this.#isOver || (this.#timer && dueAt >= this.#dueAt)) return
    this.#timer?.cancel()
    this.#dueAt = dueAt
    if (ms === 0) this.end()
    else this.#timer = longTimer(this.#clock, ms, () => this.end(), { keepAlive: true })
  }

  /** Ends it, whatever was left. */
  end(): void {
    this.#isOver = true
    this.#timer?.cancel()
    this.#end()
  }
}
