import {
  type ArcpError,
  type Clock,
  formatTimestamp,
  InternalError,
  type Issue,
  type JobSubmit,
  type Lease,
  type LeaseConstraints,
  MAX_ISSUES,
  PermissionDeniedError,
} from '@arcp/protocol'
import {
  type Budget as Amounts,
  budgetOf,
  type Excess,
  excessOf,
  leaseDuration,
  patternsOf,
} from '@arcp/protocol/lease'
import type { Logger } from '@arcp/protocol/observe'
import type { Scope } from '@arcp/protocol/store'
import { invalidRequest } from '../invalid-request'
import { Budget, writtenBudget } from './budget'
import { type Ceiling, checkedCeiling, defaultCeiling } from './ceiling'
import { Countdown } from './countdown'
import { enforcedLease } from './enforced-lease'
import { beyondBounds, boundedDuration, excessOverBounds, type LeaseBounds } from './lease-bounds'
import { constraintIssues, type LeaseLimits, leaseRequestIssues } from './lease-issues'

/** What leases are granted by. */
export interface LeaseTerms {
  readonly ceiling: Ceiling | undefined
  /** Absolute and real. */
  readonly fsRoot: string | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: LeaseLimits
}

/** What a job may do. */
export interface Grant {
  /** As it was asked for, and as it is told. */
  readonly lease: Lease
  /** As it is enforced: its patterns for files are absolute and real. */
  readonly enforced: Lease
  /** Both forms of its end, as at `acceptedAt`. */
  readonly constraints?: LeaseConstraints
  readonly countdown?: Countdown
  /** A decimal string for each currency that is limited. */
  readonly writtenBudget?: Record<string, string>
  readonly budget: Budget
  /** The job has ended, or came to nothing: what it spent counts where its budget is taken out of, the rest is back there. */
  readonly settle: () => void
  /** Since when its time counts, in milliseconds since the epoch. */
  readonly acceptedAt: number
}

/**
 * Grants what a submit asks for, all of it, or refuses; at once where it asks for nothing and nothing has been said of
 * a ceiling. `docs/protocol.md` §7.
 *
 * @param agent `name@version`
 * @param bounds beside the ceiling
 * @throws INVALID_REQUEST with paths; PERMISSION_DENIED, whose details name what is beyond the ceiling;
 * LEASE_SUBSET_VIOLATION for what is beyond the bounds, LEASE_EXPIRED when those have ended; INTERNAL_ERROR when there is
 * no telling what the ceiling is
 */
export function grantLease(
  submit: JobSubmit,
  scope: Scope,
  agent: string,
  terms: LeaseTerms,
  bounds?: LeaseBounds,
): Grant | Promise<Grant> {
  if (submit.lease_request || submit.lease_constraints || terms.ceiling || bounds) {
    return checkedGrant(submit, scope, agent, terms, bounds)
  }
  const { clock, limits } = terms
  const budget = new Budget(NOTHING, limits.currencies)
  return { lease: {}, enforced: {}, budget, settle, acceptedAt: clock.now() }
}

/** Of a budget that is nobody else's. */
const settle = () => {}
const NOTHING: Amounts = new Map()

async function checkedGrant(
  submit: JobSubmit,
  scope: Scope,
  agent: string,
  terms: LeaseTerms,
  bounds: LeaseBounds | undefined,
): Promise<Grant> {
  const { clock, fsRoot, limits } = terms
  const lease = submit.lease_request ?? {}
  const issues = leaseRequestIssues(submit, limits, clock.now())
  if (issues.length > 0) throw invalid(issues)
  const ceiling = await ceilingOf(lease, scope, agent, terms)
  const { lease: enforced, asWritten, lost } = await enforcedLease(lease, fsRoot)
  const excess = lost ?? excessOf(ceiling, enforced)
  if (excess) throw denied(asWritten(excess))
  const beyond = bounds && (await excessOverBounds(bounds, enforced, fsRoot))
  if (bounds && beyond) throw beyondBounds(bounds, asWritten(beyond))
  const named = budgetOf(patternsOf(lease, 'cost.budget'))
  const amounts = new Map([...budgetOf(patternsOf(ceiling, 'cost.budget')), ...named])
  const written = writtenBudget(amounts)
  return {
    lease,
    enforced,
    ...(written ? { writtenBudget: written } : {}),
    ...time(submit.lease_constraints ?? {}, clock, bounds),
    // Last of all, for nothing may fail between taking and granting.
    ...budgetWithin(bounds?.budget, amounts, named, limits.currencies),
  }
}

function budgetWithin(
  lender: Budget | undefined,
  granted: Amounts,
  named: Amounts,
  maxCurrencies: number,
): Pick<Grant, 'budget' | 'settle'> {
  return lender
    ? lender.lend({ granted, named, maxCurrencies })
    : { budget: new Budget(granted, maxCurrencies), settle }
}

async function ceilingOf(
  asked: Lease,
  scope: Scope,
  agent: string,
  { ceiling, fsRoot, logger }: LeaseTerms,
): Promise<Lease> {
  try {
    const lease = ceiling ? checkedCeiling(await ceiling(scope, agent)) : defaultCeiling(asked, fsRoot)
    const { lease: enforced, lost } = await enforcedLease(lease, fsRoot)
    if (lost) throw new TypeError(`the ceiling's ${lost.namespace} of ${lost.pattern} leads nowhere`)
    return enforced
  } catch (cause) {
    logger.error('a ceiling failed', { error: cause, agent, principal: scope.principal })
    throw new InternalError('what may be granted could not be found out', { cause })
  }
}

/** Counts from now: asking for the ceiling has taken time, in which a lease may have ended. */
function time(
  asked: LeaseConstraints,
  clock: Clock,
  bounds: LeaseBounds | undefined,
): Pick<Grant, 'acceptedAt' | 'constraints' | 'countdown'> {
  const acceptedAt = clock.now()
  const duration = leaseDuration(asked, acceptedAt)
  if ('fault' in duration) throw invalid(constraintIssues(asked, acceptedAt))
  const ms = boundedDuration(duration.ms, acceptedAt, bounds)
  if (ms === undefined) return { acceptedAt }
  const constraints = { expires_at: formatTimestamp(acceptedAt + ms), expires_in_s: ms / 1000 }
  return { acceptedAt, constraints, countdown: new Countdown(clock, ms, acceptedAt, bounds?.countdown) }
}

function invalid(issues: readonly Issue[]): ArcpError {
  return invalidRequest(issues.slice(0, MAX_ISSUES))
}

function denied({ namespace, pattern }: Excess): ArcpError {
  return new PermissionDeniedError(
    `this runtime does not grant ${namespace} for ${JSON.stringify(pattern)}`,
    {
      details: { namespace, pattern },
    },
  )
}
