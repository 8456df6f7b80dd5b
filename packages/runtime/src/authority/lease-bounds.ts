import { formatTimestamp, type Lease, LeaseExpiredError, LeaseSubsetViolationError } from '@arcp/protocol'
import { type Excess, excessOf } from '@arcp/protocol/lease'
import { enforcedLease } from './enforced-lease'

/** What no lease may exceed, whatever the ceiling: what somebody had who gave a part of it away. */
export interface LeaseBounds {
  /** Patterns for files count from the directory that those of jobs count from. Names no budget. */
  readonly lease: Lease
  /** In milliseconds since the epoch; `undefined` without an end. */
  readonly endsAt: number | undefined
}

/**
 * The first thing a lease asks for beyond its bounds, `undefined` when there is none. `docs/protocol.md` §7.
 *
 * @param enforced with patterns for files absolute and real
 */
export async function excessOverBounds(
  bounds: LeaseBounds,
  enforced: Lease,
  fsRoot: string | undefined,
): Promise<Excess | undefined> {
  // A pattern that leads nowhere here allows nothing here.
  return excessOf((await enforcedLease(bounds.lease, fsRoot)).lease, enforced)
}

/** The refusal of what is beyond the bounds. */
export function beyondBounds({ namespace, pattern }: Excess): Error {
  return new LeaseSubsetViolationError(
    `the token of this session does not cover ${namespace} for ${JSON.stringify(pattern)}`,
    { details: { namespace, pattern } },
  )
}

/**
 * How long a lease lasts within its bounds, in milliseconds: as long as it asks for, and where it does not ask, to their
 * end.
 *
 * @throws LEASE_EXPIRED when they have ended; LEASE_SUBSET_VIOLATION when it would outlast them
 */
export function boundedDuration(
  ms: number | undefined,
  now: number,
  bounds?: LeaseBounds,
): number | undefined {
  if (bounds?.endsAt === undefined) return ms
  const left = bounds.endsAt - now
  const details = { expires_at: formatTimestamp(bounds.endsAt) }
  if (left <= 0) throw new LeaseExpiredError('the lease of the token has ended', { details })
  if (ms !== undefined && ms > left) {
    throw new LeaseSubsetViolationError('the lease would outlast that of the token', { details })
  }
  return ms ?? left
}
