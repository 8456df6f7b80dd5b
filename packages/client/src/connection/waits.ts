import type { Clock } from '@arcp/protocol'

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds, with `late()` as the reason, or when `outer` does.
 * Rejects with that reason at once, also where `work` does not heed its signal.
 */
export async function within<T>(
  limit: { readonly clock: Clock; readonly ms: number; readonly outer: AbortSignal | undefined },
  late: () => Error,
  work: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  const { clock, ms, outer } = limit
  outer?.throwIfAborted()
  const controller = new AbortController()
  const { signal } = controller
  const giveUp = () => controller.abort(outer?.reason)
  outer?.addEventListener('abort', giveUp)
  const timer = clock.setTimer(ms, () => controller.abort(late()))
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
  try {
    return await Promise.race([work(signal), aborted])
  } finally {
    timer.cancel()
    outer?.removeEventListener('abort', giveUp)
  }
}

/** Something that happens once and may be waited for. */
export interface Latch {
  readonly passed: Promise<void>
  pass(): void
}

export function latch(): Latch {
  let pass!: () => void
  const passed = new Promise<void>((resolve) => {
    pass = resolve
  })
  return { passed, pass }
}
