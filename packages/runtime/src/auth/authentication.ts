import { isArcpError } from '@arcp/protocol'
import type { Scope } from '@arcp/protocol/store'
import type { Peer } from '@arcp/protocol/transport'
import { isDelegationToken } from '../authority/delegation/compact'
import type { Delegation, DelegationVerifier } from '../authority/delegation/verify'
import type { Authenticator, Identity } from './authenticator'
import { RefusedToken } from './refused-token'

/** Whom a hello's token stands for. */
export interface Authenticated {
  readonly scope: Scope
  /** When the token ends, in milliseconds since the epoch. */
  readonly expiresAt: number | undefined
  /** Where the token was one that delegates. */
  readonly delegation: Delegation | undefined
}

/** Says whom a token stands for; `undefined`, or UNAUTHENTICATED with a reason, refuses it. */
export type Authentication = (token: string, peer: Peer) => Promise<Authenticated | undefined>

/**
 * Delegation tokens go to the verifier, all others to the runtime's own authenticator, none to both.
 * `docs/protocol.md` §8.
 */
export function authentication(auth: Authenticator, verifier: DelegationVerifier): Authentication {
  return async (token, peer) => {
    if (isDelegationToken(token)) {
      const delegation = await verifier.verify(token)
      return { scope: frozen(delegation.scope), expiresAt: delegation.singleUse.until, delegation }
    }
    const identity = await identityOf(auth, token, peer)
    if (!isIdentity(identity)) return undefined
    const { principal, expiresAt } = identity
    return { scope: frozen({ principal, chain: [] }), expiresAt, delegation: undefined }
  }
}

/** Agents, policies and observers are told of it, and whoever could change it would be somebody else. */
function frozen({ principal, chain }: Scope): Scope {
  return Object.freeze({ principal, chain: Object.freeze([...chain]) })
}

/** @throws RefusedToken where the authenticator says why it refuses; whatever else it throws */
async function identityOf(auth: Authenticator, token: string, peer: Peer): Promise<Identity | undefined> {
  try {
    return await auth(token, peer)
  } catch (error) {
    throw isArcpError(error, 'UNAUTHENTICATED') ? new RefusedToken(error.message) : error
  }
}

/** An authenticator may be plain JavaScript; whoever it names has a name. */
function isIdentity(identity: Identity | undefined): identity is Identity {
  return typeof identity?.principal === 'string' && identity.principal !== ''
}
