import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose'
import { remoteKeys } from '../../auth/remote-keys'
import type { DelegationAlgorithm, TrustedIssuer } from './options'
import { checkedSecret, type SigningKey } from './signing-key'

/** How the tokens of one issuer are verified. Nothing in a token has a say in it. */
export interface Issuer {
  readonly name: string
  readonly algorithm: DelegationAlgorithm
  readonly key: SigningKey['verifier'] | JWTVerifyGetKey
}

const ASYMMETRIC: readonly string[] = ['ES256', 'EdDSA']

/**
 * All whose tokens are taken, by name.
 *
 * @throws TypeError for a name that is empty, has a `|` or comes twice, an algorithm there is not, and keys that are none
 */
export function issuersOf(
  own: { readonly name: string; readonly key: SigningKey },
  trusted: readonly TrustedIssuer[],
): ReadonlyMap<string, Issuer> {
  const { name, key } = own
  const issuers = new Map([[name, { name, algorithm: key.algorithm, key: key.verifier } as Issuer]])
  for (const other of trusted) {
    // What stands before the first bar in the name of a principal says who vouches for it.
    if (typeof other.issuer !== 'string' || !/^[^|]+$/.test(other.issuer)) {
      throw new TypeError('delegation.trusted: each issuer must have a name, without |')
    }
    if (issuers.has(other.issuer)) throw new TypeError(`delegation.trusted: ${other.issuer} is there twice`)
    issuers.set(other.issuer, { name: other.issuer, algorithm: other.algorithm, key: keyOf(other) })
  }
  return issuers
}

function keyOf(issuer: TrustedIssuer): Issuer['key'] {
  if (issuer.algorithm === 'HS256') return checkedSecret(issuer.secret)
  if (!ASYMMETRIC.includes(issuer.algorithm)) {
    throw new TypeError(`delegation.trusted: ${issuer.issuer} must sign with HS256, ES256 or EdDSA`)
  }
  if (!(issuer.keys instanceof URL)) {
    try {
      return createLocalJWKSet(issuer.keys)
    } catch (cause) {
      throw new TypeError(`delegation.trusted: the keys of ${issuer.issuer} are no JWK set`, { cause })
    }
  }
  if (!isSafe(issuer.keys)) {
    throw new TypeError(`delegation.trusted: the keys of ${issuer.issuer} must be published by https:`)
  }
  return remoteKeys(issuer.keys)
}

/** Whoever could change the keys on their way could make tokens. */
function isSafe({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true
  return protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
