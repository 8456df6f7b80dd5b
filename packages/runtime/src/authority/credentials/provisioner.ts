import type { Lease, LeaseConstraints } from '@arcp/protocol'
import type { Scope } from '@arcp/protocol/store'

/** What a credential is made for. `docs/protocol.md` §7. */
export interface CredentialRequest {
  /**
   * What the credential is to be known by where it is made: it is revoked by this id, also when nobody has heard whether
   * it was made. Fresh each time.
   */
  readonly id: string
  readonly jobId: string
  /** `name@version` */
  readonly agent: string
  /** Whom the job is for. */
  readonly scope: Scope
  readonly traceId: string
  /** What the job may touch, as granted. */
  readonly lease: Lease
  /** When that ends: the moment, and the seconds from acceptance. Absent where it does not. */
  readonly leaseConstraints?: LeaseConstraints
  /** What the job may still spend, a decimal for each currency that it, or what it shares with others, has a limit of. */
  readonly budget?: Readonly<Record<string, string>>
  /** The id of the one it takes the place of, which is revoked then. */
  readonly replaces?: string
  /** Aborts when it is wanted no more; then `issue` has to settle soon, for what it makes is revoked only after that. */
  readonly signal: AbortSignal
  /** Has this credential replaced by another one, as often as it takes. Of no effect once the job has ended. */
  rotate(): void
}

/** What a provisioner has made. */
export interface IssuedCredential {
  /** The secret. */
  readonly value: string
  /** Where it is good for: the base URL of a service. */
  readonly endpoint: string
  /** What kind of service that is. */
  readonly profile?: string
  /** What the service holds whoever uses it to; any JSON. */
  readonly constraints?: Readonly<Record<string, unknown>>
}

/**
 * Makes credentials for single jobs, and revokes them. What it throws is written to the runtime's logger, so it must not
 * hold a value. Let what it makes end by itself as well, where that is possible: a provisioner that is down revokes nothing.
 */
export interface CredentialProvisioner {
  /** Tells it from others, in logs and in the store; the same whenever the runtime starts. 1 to 256 characters. */
  readonly name: string
  /**
   * Makes a credential for a job that is about to be accepted, or to replace one; `undefined` where the job needs none.
   * What it throws refuses the submit: an `ArcpError` as it is, anything else as INTERNAL_ERROR.
   */
  issue(request: CredentialRequest): Promise<IssuedCredential | undefined>
  /**
   * Revokes a credential; resolves also for one that is gone, or never was. One that rejects, or takes more than 10 s, is
   * called again, with back-off, until it resolves, also after a restart.
   *
   * @param signal aborts when it has taken too long
   */
  revoke(id: string, signal: AbortSignal): Promise<void>
}
