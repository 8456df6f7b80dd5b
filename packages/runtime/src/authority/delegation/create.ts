import { type Clock, formatTimestamp, type IdSource, type Lease, refuseOthers } from '@arcp/protocol'
import { type JWTPayload, SignJWT } from 'jose'
import type { LeaseSizes } from '../lease-issues'
import { ClaimFault } from './claim-fault'
import { readClaims } from './claims'
import { DELEGATION_TYPE } from './compact'
import type { DelegationTokenOptions } from './options'
import type { SigningKey } from './signing-key'

/** How long a token is good for unless it says otherwise, in seconds. */
const LIFETIME_S = 300

/** What making a token needs. */
export interface CreateTokenParts {
  readonly issuer: string
  /** Who takes it unless it says otherwise. */
  readonly audience: string
  /** Who acts unless it says otherwise. */
  readonly actor: string
  readonly key: SigningKey
  readonly clock: Clock
  readonly nextId: IdSource
  readonly limits: LeaseSizes & { readonly delegationTokenSize: number }
}

/** What a token comes of that is made with authority which was itself handed on. */
export interface HandedOn {
  /** Whom its actor acts through, the first one first. */
  readonly chain: readonly string[]
  /** When it ends at the latest, in milliseconds since the epoch. */
  readonly endsAt: number
}

/** Signs what has been prepared. */
export type SignToken = (resolved?: Lease) => Promise<string>

const AT_FIRST_HAND: HandedOn = { chain: [], endsAt: Number.POSITIVE_INFINITY }

/**
 * Prepares a delegation token; what comes back signs it, or throws a TypeError where it is too large. Its `resolved` is
 * the lease with links in its patterns for files followed, which the token has instead if this runtime is to take it.
 * `docs/protocol.md` §8.
 *
 * @throws TypeError for what no token may say, and an option there is none of
 */
export function prepareToken(
  parts: CreateTokenParts,
  principal: string,
  scopes: readonly string[],
  options: DelegationTokenOptions,
  { chain, endsAt }: HandedOn = AT_FIRST_HAND,
): SignToken {
  const { clock, limits } = parts
  const { audience = parts.audience, actor = parts.actor, expiresInS = LIFETIME_S, ...more } = options
  const { maxHops, lease, leaseExpiresAt, parentJobId, ...others } = more
  refuseOthers(others)
  if (typeof audience !== 'string' || audience === '')
    throw new ClaimFault('aud must be a text that is not empty')
  if (leaseExpiresAt !== undefined && lease === undefined) {
    throw new ClaimFault('leaseExpiresAt needs a lease')
  }
  if (typeof expiresInS !== 'number' || !(expiresInS > 0)) {
    throw new ClaimFault('expiresInS must be a number above 0')
  }
  const now = clock.now() / 1000
  const claims = {
    iss: parts.issuer,
    aud: audience,
    sub: principal,
    act: [...chain, actor].reduce<object>((act, sub, i) => (i === 0 ? { sub } : { sub, act }), {}),
    iat: Math.floor(now),
    exp: Math.min(Math.ceil(now + expiresInS), endsAt / 1000),
    jti: parts.nextId(),
    scope: [...scopes].join(' '),
    ...(maxHops === undefined ? {} : { arcp_max_hops: maxHops }),
    ...(lease === undefined ? {} : { arcp_lease: leaseClaim(lease, leaseExpiresAt) }),
    ...(parentJobId === undefined ? {} : { arcp_parent_job: parentJobId }),
  }
  readClaims(claims, limits)
  return (resolved) => {
    const isResolved = resolved && audience === parts.audience
    const arcp_lease = { ...claims.arcp_lease, lease: resolved, links: false }
    return signed(parts, isResolved ? { ...claims, arcp_lease } : claims)
  }
}

async function signed({ key, limits }: CreateTokenParts, claims: JWTPayload): Promise<string> {
  const header = { alg: key.algorithm, typ: DELEGATION_TYPE, ...(await kidOf(key)) }
  const token = await new SignJWT(claims).setProtectedHeader(header).sign(key.signer)
  if (token.length <= limits.delegationTokenSize) return token
  throw new ClaimFault(`the token would have more than ${limits.delegationTokenSize} characters`)
}

function leaseClaim(lease: Lease, end: Date | string | undefined) {
  if (end === undefined) return { lease }
  if (end instanceof Date && Number.isNaN(end.getTime())) throw new ClaimFault('leaseExpiresAt is no date')
  const expires_at = end instanceof Date ? formatTimestamp(end.getTime()) : end
  return { lease, lease_constraints: { expires_at } }
}

async function kidOf({ published }: SigningKey): Promise<{ readonly kid?: string }> {
  return published ? { kid: (await published()).kid } : {}
}
