import { type Clock, MAX_TIMER_MS, type Timer, type TimerOptions } from '@arcp/protocol'

/**
 * A timer for any delay: those longer than timers keep are re-armed in steps. Alone it keeps no process alive, unless
 * it is told to.
 */
export function longTimer(
  clock: Clock,
  ms: number,
  run: () => void,
  options: TimerOptions = { keepAlive: false },
): Timer {
  const dueAt = clock.monotonic() + ms
  let timer: Timer
  const arm = () => {
    const left = dueAt - clock.monotonic()
    timer = clock.setTimer(
      Math.min(Math.max(left, 0), MAX_TIMER_MS),
      () => (left > MAX_TIMER_MS ? arm() : run()),
      options,
    )
  }
  arm()
  return { cancel: () => timer.cancel() }
}
