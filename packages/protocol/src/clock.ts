/** A timer that has been set; cancelling one that has fired or been cancelled does nothing. */
export interface Timer {
  cancel(): void
}

/** Options of {@link Clock.setTimer}. */
export interface TimerOptions {
  /** Whether the timer alone keeps a process alive. Default `true`; housekeeping says `false`. */
  readonly keepAlive?: boolean
}

/** Time and waits. */
export interface Timers {
  /** Milliseconds since the epoch, by the wall clock. */
  now(): number
  /** Milliseconds from some fixed point, never going back. */
  monotonic(): number
  /** Calls `run` once, after `ms` milliseconds (0 to 2³¹ − 1). */
  setTimer(ms: number, run: () => void, options?: TimerOptions): Timer
}

/** The only source of time and scheduling, so that whoever provides it owns both. */
export interface Clock extends Timers {
  /** Calls `run` in a later macrotask, after pending I/O had its chance. */
  defer(run: () => void): void
}

/** The longest delay, in milliseconds, that timers keep; longer waits are re-armed in steps. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** Browsers have numbers for timers, and keep nothing alive. */
interface PlatformTimer {
  unref?(): void
}

/** A class, for there is one for each session and job, and closures take more. */
class SystemTimer implements Timer {
  readonly #handle: unknown

  constructor(handle: unknown) {
    this.#handle = handle
  }

  cancel(): void {
    clearTimeout(this.#handle as number)
  }
}

/** The time of the machine, for whoever schedules nothing. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(ms, run, options) {
    const handle: unknown = setTimeout(run, Math.min(Math.max(ms, 0), MAX_TIMER_MS))
    if (options?.keepAlive === false) (handle as PlatformTimer).unref?.()
    return new SystemTimer(handle)
  },
}

/** The clock of the machine. */
export const systemClock: Clock = /* @__PURE__ */ machineClock()

function machineClock(): Clock {
  return { ...systemTimers, defer: deferrer() }
}

/** Browsers have no `setImmediate`, and clamp nested zero timeouts to 4 ms; a message port is the next best. */
function deferrer(): (run: () => void) => void {
  const immediate = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate
  if (immediate) return (run) => void immediate(run)
  return (run) => {
    queue.push(run)
    port ??= openPort()
    port.postMessage(null)
  }
}

const queue: (() => void)[] = []
let port: MessagePort | undefined

function openPort(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => queue.shift()?.()
  return port2
}
