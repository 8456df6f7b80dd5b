import type { Peer } from '@arcp/protocol/transport'

/** Whom a token stands for. */
export interface Identity {
  /** Who acts; never empty. */
  readonly principal: string
  /** What else the verifier learned, for policies. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** When the token ends, in milliseconds since the epoch; the session is closed with `token_expired` then. */
  readonly expiresAt?: number
}

/**
 * Decides whom a bearer token stands for; `undefined` refuses it with `UNAUTHENTICATED`. So does throwing an
 * `UnauthenticatedError`, whose message says why to the runtime's observers and logger, and to nobody else. One that throws
 * anything else, or takes longer than the runtime's `authenticationMs`, refuses with `INTERNAL_ERROR`. Delegation tokens
 * never come here: the runtime verifies them itself. `docs/protocol.md` §2, §8.
 */
export type Authenticator = (
  token: string,
  peer: Peer,
) => Identity | undefined | Promise<Identity | undefined>
