import { parseTimestamp } from '../timestamp'
import type { LeaseConstraints } from './lease'

/** The longest a lease may last, in milliseconds: ten years of 366 days. */
export const MAX_LEASE_MS = 10 * 366 * 24 * 60 * 60 * 1000

/** What is wrong with the constraints of a lease, and where. */
export interface ConstraintFault {
  readonly field: 'expires_at' | 'expires_in_s'
  readonly message: string
}

/**
 * How long a lease with these constraints lasts from `now` on, in milliseconds: to its `expires_at` or for its
 * `expires_in_s`, whichever is earlier; `undefined` where it has none. `docs/protocol.md` §7.
 *
 * @param now milliseconds since the epoch
 */
export function leaseDuration(
  { expires_at, expires_in_s }: LeaseConstraints,
  now: number,
): { readonly ms: number | undefined } | { readonly fault: ConstraintFault } {
  let ms: number | undefined
  if (expires_in_s !== undefined) {
    ms = expires_in_s * 1000
    const message = spanFault(ms)
    if (message) return { fault: { field: 'expires_in_s', message } }
  }
  if (expires_at !== undefined) {
    const left = isUtc(expires_at) ? (parseTimestamp(expires_at) ?? Number.NaN) - now : Number.NaN
    const message = Number.isNaN(left) ? 'expected an RFC 3339 timestamp in UTC' : spanFault(left)
    if (message) return { fault: { field: 'expires_at', message } }
    ms = Math.min(ms ?? left, left)
  }
  return { ms }
}

function spanFault(ms: number): string | undefined {
  if (!(ms > 0)) return 'expected a time that is still to come'
  return ms > MAX_LEASE_MS ? 'expected at most ten years' : undefined
}

/** An offset that only happens to be none is written out as one. */
function isUtc(timestamp: string): boolean {
  return /([Zz]|[+-]00:00)$/.test(timestamp)
}
