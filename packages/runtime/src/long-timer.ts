import { type Clock, MAX_TIMER_MS, type Timer } from '@arcp/protocol'

/** A timer for any delay: those longer than timers keep are re-armed in steps. It never keeps a process alive alone. */
export function longTimer(clock: Clock, ms: number, run: () => void): Timer {
  const dueAt = clock.monotonic() + ms
  let timer: Timer
  const arm = () => {
    const left = dueAt - clock.monotonic()
    timer = clock.setTimer(
      Math.min(Math.max(left, 0), MAX_TIMER_MS),
      () => (left > MAX_TIMER_MS ? arm() : run()),
      {
        keepAlive: false,
      },
    )
  }
  arm()
  return { cancel: () => timer.cancel() }
}
