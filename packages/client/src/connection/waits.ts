import { ConnectionError, type Timers } from '@arcp/protocol'

/** How long to wait, and whose signal ends the wait earlier. */
export interface Patience {
  readonly clock: Timers
  readonly outer?: AbortSignal | undefined
}

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds, with a ConnectionError that says what did not happen,
 * or when `outer` does. Rejects with that reason at once, also where `work` does not heed its signal.
 *
 * @param missing what is to have happened within that time, such as `no welcome`
 */
export async function within<T>(
  { clock, outer }: Patience,
  ms: number,
  missing: string,
  work: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  outer?.throwIfAborted()
  const controller = new AbortController()
  const giveUp = () => controller.abort(outer?.reason)
  outer?.addEventListener('abort', giveUp)
  const timer = clock.setTimer(ms, () => controller.abort(new ConnectionError(`${missing} within ${ms} ms`)))
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason))
  })
  try {
    return await Promise.race([work(controller.signal), aborted])
  } finally {
    timer.cancel()
    outer?.removeEventListener('abort', giveUp)
  }
}
