import {
  type Clock,
  formatTimestamp,
  InvalidRequestError,
  isArcpError,
  issuesOf,
  type Lease,
  LeaseExpiredError,
  LeaseSubsetViolationError,
  PermissionDeniedError,
  parseTimestamp,
} from '@arcp/protocol'
import { budgetOf, formatAmount, leaseIssues, leaseSchema, patternsOf } from '@arcp/protocol/lease'
import type { Scope } from '@arcp/protocol/store'
import { invalidRequest } from '../../invalid-request'
import { mayBeIgnored } from '../../jobs/ignorable'
import { copyOfLease, enforcedLease, toldLease } from '../enforced-lease'
import { FS_NAMESPACES } from '../fs-patterns'
import { beyondBounds, excessOverBounds, type LeaseBounds } from '../lease-bounds'
import type { Reservation, Spending } from '../spending'
import { agentPatterns } from './allowed-agents'
import { ClaimFault } from './claim-fault'
import type { SignToken } from './create'
import type { DelegationTokens } from './delegation-tokens'
import type { Handover } from './handover'
import type { DelegationTokenOptions } from './options'

/** What a token says that an agent makes, beside the agents it is good for. */
export type AgentTokenOptions = Omit<DelegationTokenOptions, 'actor' | 'parentJobId'>

/** Makes a delegation token for an agent; see `AgentContext`. */
export type CreateAgentToken = (scopes: readonly string[], options?: AgentTokenOptions) => Promise<string>

/** What {@link createAgentToken} needs. */
export interface AgentTokenParts {
  readonly prepare: DelegationTokens['prepare']
  readonly job: {
    readonly id: string
    /** `name@version` */
    readonly agent: string
    readonly scope: Scope
    readonly handover?: Handover
  }
  /** What the job itself may do. */
  readonly bounds: LeaseBounds
  readonly spending: Pick<Spending, 'lines' | 'reserve'>
  /** Asks the guard whether the job may delegate to these agents. */
  readonly authorize: (agents: string) => Promise<void>
  readonly fsRoot: string | undefined
  readonly clock: Clock
  readonly limits: { readonly delegationHops: number }
}

/**
 * Makes a token that gives away some of what a job may do. What it gives of a budget is spent, for nobody can tell what
 * becomes of it. `docs/protocol.md` §8.
 */
export function createAgentToken(
  parts: AgentTokenParts,
  ...said: Parameters<CreateAgentToken>
): Promise<string> {
  return mayBeIgnored(create(parts, ...said))
}

async function create(
  parts: AgentTokenParts,
  scopes: readonly string[],
  said?: AgentTokenOptions,
): Promise<string> {
  const options = said ?? {}
  const agents = Array.isArray(scopes) ? agentPatterns(scopes) : undefined
  if (!agents)
    throw new InvalidRequestError('scopes: expected 1 to 100 of *, agent:NAME and agent:NAME@VERSION')
  const lease = leaseOf(options, parts.spending)
  try {
    const sign = prepared(parts, scopes, { ...options, lease })
    for (const one of agents) await parts.authorize(one)
    const resolved = await checkLease(parts, lease)
    return await giving(parts.spending, lease, () => sign(resolved))
  } catch (error) {
    throw error instanceof ClaimFault ? new InvalidRequestError(error.message) : error
  }
}

/** A currency that limits the job and is not named is not given either: of that there is nothing. */
function leaseOf({ lease: asked = {} }: AgentTokenOptions, spending: AgentTokenParts['spending']): Lease {
  const issues = issuesOf(leaseSchema, asked, 'lease') ?? leaseIssues(asked, 'lease')
  if (issues.length > 0) throw invalidRequest(issues)
  const amounts = patternsOf(asked, 'cost.budget')
  const named = budgetOf(amounts)
  const lines = Object.entries(spending.lines())
  const none = lines.filter(([currency, { remaining }]) => remaining !== undefined && !named.has(currency))
  const budget = [...amounts, ...none.map(([currency]) => `${currency}:0`)]
  return { ...copyOfLease(asked), ...(budget.length > 0 && { 'cost.budget': budget }) }
}

/** Says all of a token but its signature, within the time and the hops that the job has left. */
function prepared(
  { job, bounds, clock, limits, prepare }: AgentTokenParts,
  scopes: readonly string[],
  { leaseExpiresAt, ...options }: AgentTokenOptions,
): SignToken {
  const { id, agent, scope, handover = WITHOUT_END } = job
  const now = clock.now()
  const leaseEndsAt = now + (bounds.countdown?.leftMs ?? Number.POSITIVE_INFINITY)
  const endsAt = Math.min(leaseEndsAt, handover.endsAt)
  if (endsAt <= now) throw new LeaseExpiredError('what the job may hand on has ended')
  const { expiresInS = 0, maxHops = handover.maxHops } = options
  if (now + expiresInS * 1000 > endsAt) throw outlasting('the token', endsAt)
  const leaseEnd = leaseExpiresAt ?? (Number.isFinite(leaseEndsAt) ? new Date(leaseEndsAt) : undefined)
  if (timeOf(leaseEnd) > leaseEndsAt) throw outlasting('its lease', leaseEndsAt)
  const actors = scope.chain.length + 1
  const details = { actors, max_hops: Math.min(handover.maxHops, limits.delegationHops) }
  if (actors > details.max_hops) throw new PermissionDeniedError('the job hands on no further', { details })
  if (maxHops > handover.maxHops) {
    throw new LeaseSubsetViolationError('maxHops: more than the job has', { details })
  }
  if (actors > maxHops) throw new InvalidRequestError(`maxHops: expected at least ${actors}`, { details })
  const said = {
    ...options,
    actor: agent.replace(/@.*/, ''),
    parentJobId: id,
    ...(leaseEnd && { leaseExpiresAt: leaseEnd }),
    ...(maxHops !== Number.POSITIVE_INFINITY && { maxHops }),
  }
  return prepare(scope.principal, scopes, said, { chain: scope.chain, endsAt })
}

const WITHOUT_END: Handover = {
  maxHops: Number.POSITIVE_INFINITY,
  endsAt: Number.POSITIVE_INFINITY,
}

/** What is given of a budget is charged as soon as there is a token, all of it or nothing. */
async function giving(
  spending: AgentTokenParts['spending'],
  lease: Lease,
  sign: () => Promise<string>,
): Promise<string> {
  const parts: { readonly part: Reservation; readonly amount: string }[] = []
  try {
    for (const [currency, exact] of budgetOf(patternsOf(lease, 'cost.budget'))) {
      const amount = formatAmount(exact)
      if (exact > 0n) parts.push({ part: setAside(spending, currency, amount), amount })
    }
    const token = await sign()
    await Promise.all(parts.map(({ part, amount }) => part.settle(amount, { name: 'delegated' })))
    return token
  } catch (error) {
    for (const { part } of parts) part.release()
    throw error
  }
}

function setAside(spending: AgentTokenParts['spending'], currency: string, amount: string): Reservation {
  try {
    return spending.reserve(currency, amount)
  } catch (error) {
    if (!isArcpError(error, 'BUDGET_EXHAUSTED')) throw error
    const { message, details } = error
    if (details?.remaining === undefined) throw error
    throw new LeaseSubsetViolationError(message, {
      details: { namespace: 'cost.budget', pattern: `${currency}:${amount}`, remaining: details.remaining },
    })
  }
}

/** The lease as it is enforced, if it has to do with files. */
async function checkLease({ bounds, fsRoot }: AgentTokenParts, lease: Lease): Promise<Lease | undefined> {
  const { lease: enforced, asWritten, lost } = await enforcedLease(lease, fsRoot)
  const excess = lost ?? (await excessOverBounds(bounds, enforced, fsRoot))
  if (excess) throw beyondBounds(bounds, asWritten(excess))
  return Object.keys(lease).some((namespace) => FS_NAMESPACES.has(namespace))
    ? toldLease(enforced, fsRoot)
    : undefined
}

function outlasting(what: string, endsAt: number): Error {
  return new LeaseSubsetViolationError(`${what} would outlast what the job may hand on`, {
    details: { expires_at: formatTimestamp(endsAt) },
  })
}

function timeOf(moment: Date | string | undefined): number {
  if (moment instanceof Date) return moment.getTime()
  return (typeof moment === 'string' && parseTimestamp(moment)) || Number.NaN
}
