import { MAX_NAME_LENGTH } from '@arcp/protocol'
import type { LeaseBounds } from '../lease-bounds'
import type { LeaseSizes } from '../lease-issues'
import { AllowedAgents } from './allowed-agents'
import { ClaimFault } from './claim-fault'
import { leaseBoundsOf } from './lease-claim'

/** What a delegation token says, its shape checked. `docs/protocol.md` §8. */
export interface DelegationClaims {
  readonly iss: string
  readonly sub: string
  /** Who acts, each through the one before, the current actor last, as the token's issuer names them. */
  readonly actors: readonly string[]
  readonly agents: AllowedAgents
  readonly jti: string
  /** Seconds since the epoch, as the next one. */
  readonly exp: number
  readonly iat: number
  /** The most actors there may be. */
  readonly maxHops: number
  readonly parentJobId: string | undefined
  /** What no lease of its jobs may exceed. */
  readonly leaseBounds: LeaseBounds | undefined
}

/** Claims of this protocol; others of its kind might restrict what this version knows nothing of. */
const OWN_CLAIMS: ReadonlySet<string> = new Set(['arcp_lease', 'arcp_max_hops', 'arcp_parent_job'])

/** The last second a date can be of. */
const LAST_SECOND = 8.64e12

type Claims = Readonly<Record<string, unknown>>

/**
 * @param limits of its lease
 * @throws ClaimFault
 */
export function readClaims(claims: Claims, limits: LeaseSizes): DelegationClaims {
  for (const claim of Object.keys(claims)) {
    if (claim.startsWith('arcp_') && !OWN_CLAIMS.has(claim)) throw new ClaimFault(`${claim} is not supported`)
  }
  const iss = textOf(claims, 'iss')
  if (claims.nbf !== undefined) secondsOf(claims, 'nbf')
  const iat = secondsOf(claims, 'iat')
  return {
    iss,
    sub: nameOf(claims, 'sub'),
    actors: actorsOf(claims, iss),
    agents: agentsOf(claims),
    jti: nameOf(claims, 'jti'),
    exp: secondsOf(claims, 'exp'),
    iat,
    maxHops: maxHopsOf(claims),
    parentJobId: claims.arcp_parent_job === undefined ? undefined : nameOf(claims, 'arcp_parent_job'),
    leaseBounds:
      claims.arcp_lease === undefined ? undefined : leaseBoundsOf(claims.arcp_lease, iat * 1000, limits),
  }
}

/** From the innermost actor to the current one, which stands outermost. */
function actorsOf({ act }: Claims, iss: string): string[] {
  const actors: string[] = []
  for (let actor: unknown = act; actor !== undefined; actor = (actor as Claims).act) {
    if (typeof actor !== 'object' || actor === null || Array.isArray(actor)) {
      throw new ClaimFault('act must be an object')
    }
    const own = actor as Claims
    const name = nameOf(own, 'sub', 'act.')
    const by = own.iss === undefined ? iss : textOf(own, 'iss', 'act.')
    actors.push(by === iss ? name : `${by}|${name}`)
  }
  if (actors.length === 0) throw new ClaimFault('act is missing')
  return actors.reverse()
}

function agentsOf({ scope }: Claims): AllowedAgents {
  const agents = typeof scope === 'string' ? AllowedAgents.of(scope.split(' ')) : undefined
  if (!agents) throw new ClaimFault('scope must name agents, as agent:NAME or agent:NAME@VERSION')
  return agents
}

function maxHopsOf({ arcp_max_hops: hops }: Claims): number {
  if (hops === undefined) return Number.POSITIVE_INFINITY
  if (typeof hops === 'number' && Number.isSafeInteger(hops) && hops > 0) return hops
  throw new ClaimFault('arcp_max_hops must be an integer of at least 1')
}

function secondsOf(claims: Claims, claim: string): number {
  const value = claims[claim]
  if (typeof value === 'number' && value >= 0 && value <= LAST_SECOND) return value
  throw new ClaimFault(`${claim} must be a time in seconds`)
}

function nameOf(claims: Claims, claim: string, prefix = ''): string {
  const value = textOf(claims, claim, prefix)
  if (value.length <= MAX_NAME_LENGTH) return value
  throw new ClaimFault(`${prefix}${claim} must have at most ${MAX_NAME_LENGTH} characters`)
}

function textOf(claims: Claims, claim: string, prefix = ''): string {
  const value = claims[claim]
  if (typeof value === 'string' && value !== '') return value
  throw new ClaimFault(`${prefix}${claim} must be a text that is not empty`)
}
