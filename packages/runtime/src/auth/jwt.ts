import { UnauthenticatedError } from '@arcp/protocol'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { isDelegationToken } from '../authority/delegation/compact'
import type { Authenticator } from './authenticator'
import { isRefusal } from './is-refusal'
import { remoteKeys } from './remote-keys'

/** What {@link jwt} takes. */
export interface JwtOptions {
  /** The keys tokens are signed with: where they are published, or the set itself. */
  readonly keys: URL | JSONWebKeySet
  /** Who issues the tokens; the `iss` claim has to be one of these. */
  readonly issuer: string | readonly string[]
  /** For whom they are issued; the `aud` claim has to name one of these. */
  readonly audience: string | readonly string[]
  /** The signature algorithms that are taken, such as `EdDSA` or `ES256`; what a token's own header says is no matter. */
  readonly algorithms: readonly string[]
  /**
   * The claim that names the principal. Default `sub`. With several issuers the principal is `iss|claim`, for what one
   * of them calls `ada` may be somebody else's `ada` too.
   */
  readonly principalClaim?: string
  /** How far clocks may be apart, in seconds. Default 5. */
  readonly toleranceSec?: number
}

/**
 * Authenticates by signed tokens (JWT) of an issuer. Published keys are fetched when they are needed, and cached. A
 * session ends with `token_expired` when its token does. Why one is refused is said to the runtime's observers and logger,
 * by an `UnauthenticatedError`. `docs/protocol.md` §2.
 *
 * @throws TypeError when no algorithm is named, or one that does not sign
 */
export function jwt(options: JwtOptions): Authenticator {
  const { keys, principalClaim = 'sub', toleranceSec = 5 } = options
  const algorithms = [...options.algorithms]
  if (algorithms.length === 0 || algorithms.includes('none')) {
    throw new TypeError('algorithms must name what tokens are signed with')
  }
  const keySet = keys instanceof URL ? remoteKeys(keys) : createLocalJWKSet(keys)
  const checks = {
    algorithms,
    issuer: [options.issuer].flat(),
    audience: [options.audience].flat(),
    clockTolerance: toleranceSec,
    requiredClaims: ['exp'],
  }
  return async (token) => {
    // One that delegates authority is never taken for its holder's own.
    if (isDelegationToken(token)) throw refused('it is a delegation token')
    try {
      const { payload } = await jwtVerify(token, keySet, checks)
      const principal = payload[principalClaim]
      if (typeof principal !== 'string' || principal === '')
        throw refused(`its "${principalClaim}" names nobody`)
      const named = checks.issuer.length > 1 ? `${payload.iss}|${principal}` : principal
      return { principal: named, claims: payload, expiresAt: ((payload.exp ?? 0) + toleranceSec) * 1000 }
    } catch (error) {
      if (isRefusal(error)) throw refused(error.message)
      throw error
    }
  }
}

function refused(reason: string): UnauthenticatedError {
  return new UnauthenticatedError(`a JWT: ${reason}`)
}
