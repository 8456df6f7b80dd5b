import type { Clock } from '@arcp/protocol'

/** Waits for `promise`, but no longer than `ms` milliseconds. */
export function atMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(ms, resolve, { keepAlive: false })
    const done = () => {
      timer.cancel()
      resolve()
    }
    promise.then(done, done)
  })
}
