import type { Lease } from '@arcp/protocol'
import type { JSONWebKeySet, JWK } from 'jose'

/** What delegation tokens are signed with. */
export type DelegationAlgorithm = 'HS256' | 'ES256' | 'EdDSA'

/** The key a runtime signs delegation tokens with. */
export type DelegationKey =
  | {
      readonly algorithm: 'HS256'
      /** Shared by everyone who is to verify them, who could then make them too; at least 32 random bytes. */
      readonly secret: Uint8Array
    }
  | {
      readonly algorithm: 'ES256' | 'EdDSA'
      /** PKCS #8 as PEM, or a private JWK; on the curve P-256, or Ed25519. */
      readonly privateKey: string | JWK
    }

/** Somebody else whose delegation tokens a runtime takes. */
export type TrustedIssuer = {
  /** The `iss` of its tokens; without `|`, which stands between it and its principals. */
  readonly issuer: string
} & (
  | { readonly algorithm: 'HS256'; readonly secret: Uint8Array }
  | {
      readonly algorithm: 'ES256' | 'EdDSA'
      /**
       * Its public keys: the set itself, or where it is published, by `https:` or on this machine. A published set of at
       * most 256 KiB is fetched when it is needed, within 3 s and without redirects, and cached for 10 minutes; a key it
       * does not hold has it fetched again, at most every 30 s.
       */
      readonly keys: URL | JSONWebKeySet
    }
)

/** How a runtime makes and takes delegation tokens. `docs/protocol.md` §8. */
export interface DelegationOptions {
  /** The `iss` of its own tokens. Default: the runtime's name. */
  readonly issuer?: string
  /** The `aud` that tokens for this runtime name. Default: its own `issuer`. */
  readonly audience?: string
  /** Default: a secret made when the runtime starts, which ends with it, and its tokens with that. */
  readonly key?: DelegationKey
  /** Who else's tokens it takes. Default: nobody's. */
  readonly trusted?: readonly TrustedIssuer[]
  /**
   * Whom a `sub` of another issuer is here; `undefined` refuses the token. A name that principals of this runtime have
   * gives their jobs to be seen by them. Default: `iss|sub`, which nobody else is. A `sub` of this runtime's own tokens
   * is the principal itself.
   */
  readonly mapPrincipal?: (sub: string, iss: string) => string | undefined | Promise<string | undefined>
}

/** What a delegation token says beside whom it stands for and what agents it is good for. */
export interface DelegationTokenOptions {
  /** Who may take it: the `audience` of another runtime that trusts this one. Default: this runtime. */
  readonly audience?: string
  /** How long it is good for, in seconds. Default 300. */
  readonly expiresInS?: number
  /** Who acts for the principal with it. Default: the runtime's name. */
  readonly actor?: string
  /** The most actors there may be one after the other, this one included. Default: what the taking runtime allows. */
  readonly maxHops?: number
  /**
   * What each lease of its jobs has to stay within, beside what the taking runtime grants. A `cost.budget` is what they
   * spend together. Default: what the taking runtime grants.
   */
  readonly lease?: Lease
  /** When each of those leases ends at the latest: a moment, in UTC. Default: it is left to the jobs. */
  readonly leaseExpiresAt?: Date | string
  /** The job its jobs belong to, which they carry as their `parent_job_id`: a label. Default: none. */
  readonly parentJobId?: string
}
