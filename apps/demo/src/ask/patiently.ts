import { setTimeout as sleep } from 'node:timers/promises'
import { EndpointError } from './completion'

/** How often a crowded endpoint is asked again. */
const RETRIES = 3
/** How long it is left alone at most, and unless it says how long, in milliseconds. */
const LONGEST_MS = 10_000
const DEFAULT_MS = 1_000

/** How {@link patiently} waits. */
interface Patience {
  readonly signal: AbortSignal
  /** Told before each wait. */
  readonly onWait: (ms: number) => void | Promise<void>
}

/** Begins something, again after a while if the endpoint says that it has too much to do. */
export async function patiently<T>(begin: () => Promise<T>, { signal, onWait }: Patience): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await begin()
    } catch (error) {
      const isCrowded = error instanceof EndpointError && error.status === 429
      if (!isCrowded || retries === RETRIES) throw error
      const ms = Math.min(error.retryAfterMs ?? DEFAULT_MS, LONGEST_MS)
      await onWait(ms)
      await sleep(ms, undefined, { signal })
    }
  }
}
