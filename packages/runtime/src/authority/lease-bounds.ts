import { formatTimestamp, type Lease, LeaseExpiredError, LeaseSubsetViolationError } from '@arcp/protocol'
import { type Excess, excessOf } from '@arcp/protocol/lease'
import type { Budget } from './budget'
import type { Countdown } from './countdown'
import { enforcedLease } from './enforced-lease'

/** What no lease may exceed, whatever the ceiling: what somebody had who gave a part of it away. */
export interface LeaseBounds {
  /** Patterns for files count from the directory that those of jobs count from. */
  readonly lease: Lease
  /** Whether these are a running job's, whose patterns for files are absolute and real. Otherwise they are a token's. */
  readonly isOfJob?: boolean
  /** `false` where links in its patterns for files were followed before, and are not to be followed again. */
  readonly links?: boolean
  /** Where there is one, what counts down to `endsAt`. */
  readonly countdown?: Countdown
  /** What money is taken out of, and counted at. Default: nobody's. */
  readonly budget?: Budget
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
  const { lease, isOfJob, links } = bounds
  // A pattern that leads nowhere here allows nothing here.
  return excessOf(isOfJob ? lease : (await enforcedLease(lease, fsRoot, links)).lease, enforced)
}

/** The refusal of what is beyond the bounds. */
export function beyondBounds(bounds: LeaseBounds, { namespace, pattern }: Excess): Error {
  return new LeaseSubsetViolationError(
    `the lease of ${holderOf(bounds)} does not cover ${namespace} for ${JSON.stringify(pattern)}`,
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
  if (left <= 0 || bounds.countdown?.isOver)
    throw new LeaseExpiredError(`the lease of ${holderOf(bounds)} has ended`, { details })
  if (ms !== undefined && ms > left) {
    throw new LeaseSubsetViolationError(`the lease would outlast that of ${holderOf(bounds)}`, { details })
  }
  return ms ?? left
}

function holderOf({ isOfJob }: LeaseBounds): string {
  return isOfJob ? 'the parent' : 'the token'
}
