import type { Clock } from '@arcp/protocol'

/** Waits for `promise`, but no longer than `ms` milliseconds; the process stays alive that long. */
export function atMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(ms, resolve)
    const done = () => {
      timer.cancel()
      resolve()
    }
    promise.then(done, done)
  })
}
