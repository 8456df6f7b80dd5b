import { type Clock, type Random, randomIds } from '@arcp/protocol'
import type { JSONWebKeySet } from 'jose'
import type { LeaseSizes } from '../lease-issues'
import { type HandedOn, prepareToken, type SignToken } from './create'
import { issuersOf } from './issuers'
import type { DelegationOptions, DelegationTokenOptions } from './options'
import { publishedKeys, type SigningKey, signingKey } from './signing-key'
import { DelegationVerifier } from './verify'

/** What {@link delegationTokens} needs. */
export interface DelegationTokensParts {
  /** The runtime's. */
  readonly name: string
  readonly options: DelegationOptions | undefined
  readonly clock: Clock
  readonly random: Random
  readonly limits: LeaseSizes & {
    readonly delegationTokenSize: number
    readonly delegationHops: number
  }
}

/** A runtime's delegation tokens: makes them, tells how others verify them, verifies those that come in. */
export interface DelegationTokens {
  /** See {@link prepareToken}. */
  prepare(
    principal: string,
    scopes: readonly string[],
    options: DelegationTokenOptions,
    handedOn: HandedOn,
  ): SignToken
  create(principal: string, scopes: readonly string[], options?: DelegationTokenOptions): Promise<string>
  keys(): Promise<JSONWebKeySet>
  readonly verifier: DelegationVerifier
}

/** @throws TypeError for keys and issuers that are none */
export function delegationTokens(parts: DelegationTokensParts): DelegationTokens {
  const { name, options = {}, clock, random, limits } = parts
  const { issuer = name, trusted = [], mapPrincipal } = options
  const { audience = issuer } = options
  for (const [field, value] of Object.entries({ issuer, audience })) {
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`delegation.${field} must not be empty`)
  }
  const key: SigningKey = signingKey(options.key ?? { algorithm: 'HS256', secret: random(32) })
  const nextId = randomIds('dt', random)
  const creating = { issuer, audience, actor: name, key, clock, nextId, limits }
  return {
    prepare: (...said) => prepareToken(creating, ...said),
    create: async (principal, scopes, more = {}) => prepareToken(creating, principal, scopes, more)(),
    keys: () => publishedKeys(key),
    verifier: new DelegationVerifier({
      issuers: issuersOf({ name: issuer, key }, trusted),
      ownIssuer: issuer,
      audience,
      mapPrincipal,
      clock,
      limits,
    }),
  }
}
