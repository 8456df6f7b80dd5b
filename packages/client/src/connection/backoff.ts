import type { Random } from '@arcp/protocol'

/** How attempts to come back are spaced, in milliseconds. */
export interface BackoffLimits {
  /** The longest first wait; each further one may be twice as long. */
  readonly backoffMs: number
  /** The longest wait of all. */
  readonly maxBackoffMs: number
}

/** How long to wait before an attempt, the first being 0: anything up to a bound that doubles, so that many who lost
 * the same runtime do not come back together. */
export function backoff(attempt: number, { backoffMs, maxBackoffMs }: BackoffLimits, random: Random): number {
  const most = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(attempt, 30))
  const [chance = 0] = random(1)
  return Math.floor((most * chance) / 256)
}
