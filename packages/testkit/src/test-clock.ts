import { type Clock, MAX_TIMER_MS, type Timer } from '@arcp/protocol'

interface PendingTimer {
  readonly due: number
  readonly run: () => void
}

/**
 * A clock that stands still until a test moves it.
 *
 * Timers fire inside {@link advance}, in the order they are due and, among equals, in the order they were set.
 * Deferred work runs inside {@link runDeferred}, one macrotask's worth at a time. Nothing runs by itself.
 */
export class TestClock implements Clock {
  #wall: number
  #monotonic = 0
  #timers: PendingTimer[] = []
  #deferred: (() => void)[] = []

  /** @param start Where the wall clock stands, in milliseconds since the epoch. Default 2026-01-01T00:00:00Z. */
  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#wall = start
  }

  /** How many timers wait; `0` is how a test says that none was left behind. */
  get timers(): number {
    return this.#timers.length
  }

  /** How many deferred calls wait. */
  get deferred(): number {
    return this.#deferred.length
  }

  now(): number {
    return this.#wall
  }

  monotonic(): number {
    return this.#monotonic
  }

  /** @throws RangeError for a delay no platform timer keeps; a real clock would silently bend it. */
  setTimer(ms: number, run: () => void): Timer {
    if (!(ms >= 0 && ms <= MAX_TIMER_MS)) throw new RangeError(`a timer of ${ms} ms cannot be set`)
    const timer = { due: this.#monotonic + ms, run }
    this.#timers.push(timer)
    return { cancel: () => this.#remove(timer) }
  }

  defer(run: () => void): void {
    this.#deferred.push(run)
  }

  /** Lets `ms` milliseconds pass and fires what falls due in them, also what is set meanwhile. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    for (let next = this.#nextBy(end); next; next = this.#nextBy(end)) {
      this.#remove(next)
      this.#moveTo(next.due)
      next.run()
    }
    this.#moveTo(end)
  }

  /** Lets `ms` milliseconds pass as {@link advance} does, and everything that is ready go on before and after each timer. */
  async elapse(ms: number): Promise<void> {
    await this.settle()
    const end = this.#monotonic + ms
    for (let next = this.#nextBy(end); next; next = this.#nextBy(end)) {
      this.advance(next.due - this.#monotonic)
      await this.settle()
    }
    this.advance(end - this.#monotonic)
  }

  /** Moves the wall clock alone, as sleep or an operator does; no timer notices. */
  jumpWall(ms: number): void {
    this.#wall += ms
  }

  /** Runs what is deferred so far, as one macrotask each would. @returns how many calls that were. */
  runDeferred(): number {
    const batch = this.#deferred
    this.#deferred = []
    for (const run of batch) run()
    return batch.length
  }

  /** Lets promises and deferred work go on until nothing more is ready. Time stands still meanwhile. */
  async settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (this.runDeferred() > 0)
  }

  #nextBy(end: number): PendingTimer | undefined {
    let next: PendingTimer | undefined
    for (const timer of this.#timers) {
      if (timer.due <= end && (!next || timer.due < next.due)) next = timer
    }
    return next
  }

  #remove(timer: PendingTimer): void {
    const index = this.#timers.indexOf(timer)
    if (index >= 0) this.#timers.splice(index, 1)
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic
    this.#monotonic = monotonic
  }
}
