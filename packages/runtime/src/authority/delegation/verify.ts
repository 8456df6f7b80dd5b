import type { Clock } from '@arcp/protocol'
import type { Scope } from '@arcp/protocol/store'
import { type JWTVerifyGetKey, jwtVerify } from 'jose'
import { isRefusal } from '../../auth/is-refusal'
import { RefusedToken } from '../../auth/refused-token'
import type { LeaseBounds } from '../lease-bounds'
import type { LeaseSizes } from '../lease-issues'
import type { AllowedAgents } from './allowed-agents'
import { ClaimFault } from './claim-fault'
import { type DelegationClaims, readClaims } from './claims'
import { DELEGATION_TYPE, readCompact, type Unverified } from './compact'
import type { Handover } from './handover'
import type { Issuer } from './issuers'
import type { DelegationOptions } from './options'

/** How far clocks may be apart, in seconds. */
const TOLERANCE_S = 5

/** Headers that bring a key along or name one, that change what is signed, or that must be understood. */
const UNWANTED = ['jwk', 'jku', 'x5c', 'x5u', 'x5t', 'x5t#S256', 'crit', 'b64', 'zip', 'enc'] as const

/** What whoever brings the token may do. */
export interface Mandate {
  readonly agents: AllowedAgents
  /** What its jobs belong to: a label. */
  readonly parentJobId: string | undefined
  /** What no lease of its jobs may exceed. */
  readonly leaseBounds: LeaseBounds | undefined
  readonly handover: Handover
}

/** A token that may be used once. */
export interface SingleUse {
  /** Names it among all tokens of all issuers. */
  readonly key: string
  readonly principal: string
  /** Until when it could be used, in milliseconds since the epoch. */
  readonly until: number
}

/** A delegation token that holds. `docs/protocol.md` §8. */
export interface Delegation {
  readonly scope: Scope
  readonly mandate: Mandate
  readonly singleUse: SingleUse
}

/** What a {@link DelegationVerifier} needs. */
export interface DelegationVerifierParts {
  /** By the `iss` of their tokens, this runtime among them. */
  readonly issuers: ReadonlyMap<string, Issuer>
  /** The `iss` of this runtime's own tokens. */
  readonly ownIssuer: string
  readonly audience: string
  readonly mapPrincipal: DelegationOptions['mapPrincipal']
  readonly clock: Clock
  readonly limits: LeaseSizes & {
    readonly delegationTokenSize: number
    readonly delegationHops: number
  }
}

/** Verifies delegation tokens, and says whom they stand for. `docs/protocol.md` §8. */
export class DelegationVerifier {
  readonly #parts: DelegationVerifierParts

  constructor(parts: DelegationVerifierParts) {
    this.#parts = parts
  }

  /**
   * @throws UNAUTHENTICATED for whatever is wrong with the token; what `mapPrincipal` throws; what led to it where
   * published keys could not be had
   */
  async verify(token: string): Promise<Delegation> {
    const { audience, clock, issuers, limits } = this.#parts
    if (token.length > limits.delegationTokenSize) throw refused('it is too large')
    const unverified = readCompact(token)
    if (!unverified) throw refused('it is not in canonical compact form')
    checkHeader(unverified)
    const { iss } = unverified.claims
    const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined
    if (!issuer) throw refused('its issuer is not trusted')
    await checkSignature(token, issuer, { audience, now: clock.now() })
    return this.#delegationOf(claimsOf(unverified, limits), issuer)
  }

  async #delegationOf(claims: DelegationClaims, { name: iss }: Issuer): Promise<Delegation> {
    const { clock, limits, ownIssuer } = this.#parts
    const { agents, parentJobId, leaseBounds, maxHops, actors, jti, exp } = claims
    if (claims.iat > clock.now() / 1000 + TOLERANCE_S) throw refused('it was made in the future')
    if (actors.length > Math.min(maxHops, limits.delegationHops)) throw refused('it has too many hops')
    const principal = await this.#principalOf(claims.sub, iss)
    if (typeof principal !== 'string' || principal === '') throw refused('its subject is nobody here')
    const chain = iss === ownIssuer ? actors : actors.map((actor) => `${iss}|${actor}`)
    return {
      scope: { principal, chain },
      mandate: { agents, parentJobId, leaseBounds, handover: { maxHops, endsAt: exp * 1000 } },
      singleUse: {
        key: JSON.stringify([iss, jti]),
        principal,
        until: (Math.ceil(exp) + TOLERANCE_S) * 1000,
      },
    }
  }

  #principalOf(sub: string, iss: string): string | undefined | Promise<string | undefined> {
    if (iss === this.#parts.ownIssuer) return sub
    const { mapPrincipal } = this.#parts
    return mapPrincipal ? mapPrincipal(sub, iss) : `${iss}|${sub}`
  }
}

function checkHeader({ header }: Unverified): void {
  for (const name of UNWANTED) {
    if (Object.hasOwn(header, name)) throw refused(`its header has ${name}`)
  }
}

async function checkSignature(
  token: string,
  { name, algorithm, key }: Issuer,
  { audience, now }: { readonly audience: string; readonly now: number },
): Promise<void> {
  const checks = {
    algorithms: [algorithm],
    typ: DELEGATION_TYPE,
    issuer: name,
    audience,
    requiredClaims: ['exp', 'iat', 'jti', 'sub'],
    clockTolerance: TOLERANCE_S,
    currentDate: new Date(now),
  }
  try {
    await (typeof key === 'function'
      ? jwtVerify(token, key as JWTVerifyGetKey, checks)
      : jwtVerify(token, key, checks))
  } catch (error) {
    if (isRefusal(error)) throw refused(error.message)
    throw error
  }
}

function claimsOf({ claims }: Unverified, limits: LeaseSizes): DelegationClaims {
  try {
    return readClaims(claims, limits)
  } catch (error) {
    if (error instanceof ClaimFault) throw refused(error.message)
    throw error
  }
}

function refused(reason: string): RefusedToken {
  return new RefusedToken(`a delegation token: ${reason}`)
}
