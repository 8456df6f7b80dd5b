import { type Clock, formatTimestamp, type IdSource, type Lease } from '@arcp/protocol'
import { SignJWT } from 'jose'
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
  readonly limits: { readonly delegationTokenSize: number; readonly currencies: number }
}

/**
 * Makes a delegation token. `docs/protocol.md` §8.
 *
 * @throws TypeError for what no token may say
 */
export async function createToken(
  parts: CreateTokenParts,
  principal: string,
  scopes: readonly string[],
  options: DelegationTokenOptions,
): Promise<string> {
  const { key, clock, limits } = parts
  const { audience = parts.audience, actor = parts.actor, expiresInS = LIFETIME_S } = options
  if (typeof audience !== 'string' || audience === '')
    throw new ClaimFault('aud must be a text that is not empty')
  if (options.leaseExpiresAt !== undefined && options.lease === undefined) {
    throw new ClaimFault('leaseExpiresAt needs a lease')
  }
  if (!(expiresInS > 0)) throw new ClaimFault('expiresInS must be above 0')
  const now = clock.now() / 1000
  const claims = {
    iss: parts.issuer,
    aud: audience,
    sub: principal,
    act: { sub: actor },
    iat: Math.floor(now),
    exp: Math.ceil(now + expiresInS),
    jti: parts.nextId(),
    scope: [...scopes].join(' '),
    ...(options.maxHops === undefined ? {} : { arcp_max_hops: options.maxHops }),
    ...(options.lease === undefined ? {} : { arcp_lease: leaseClaim(options.lease, options.leaseExpiresAt) }),
    ...(options.parentJobId === undefined ? {} : { arcp_parent_job: options.parentJobId }),
  }
  readClaims(claims, limits.currencies)
  const header = { alg: key.algorithm, typ: DELEGATION_TYPE, ...(await kidOf(key)) }
  const token = await new SignJWT(claims).setProtectedHeader(header).sign(key.signer)
  if (token.length <= limits.delegationTokenSize) return token
  throw new ClaimFault(`the token would have more than ${limits.delegationTokenSize} characters`)
}

function leaseClaim(lease: Lease, end: Date | string | undefined) {
  if (end === undefined) return { lease }
  const expires_at = end instanceof Date ? formatTimestamp(end.getTime()) : end
  return { lease, lease_constraints: { expires_at } }
}

async function kidOf({ published }: SigningKey): Promise<{ readonly kid?: string }> {
  return published ? { kid: (await published()).kid } : {}
}
