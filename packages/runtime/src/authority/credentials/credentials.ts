import { type Clock, type IdSource, MAX_NAME_LENGTH, type Random, randomIds } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Store } from '@arcp/protocol/store'
import type { JobFacts } from '../../jobs/job'
import type { Budget } from '../budget'
import { JobCredentials } from './job-credentials'
import type { CredentialProvisioner } from './provisioner'
import { Revoker, type RevokerLimits } from './revoker'

/** The most that one runtime has, and so the most credentials of one job. */
export const MAX_PROVISIONERS = 16

/** What {@link Credentials} need. */
export interface CredentialsParts {
  readonly provisioners: readonly CredentialProvisioner[]
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly limits: RevokerLimits & {
    readonly admissionMs: number
    readonly maxFrameBytes: number
    readonly credentialBytes: number
  }
}

/** The credentials of all jobs of a runtime. `docs/protocol.md` §7. */
export class Credentials {
  readonly #parts: CredentialsParts
  readonly #revoker: Revoker
  readonly #nextId: IdSource

  constructor(parts: CredentialsParts) {
    this.#parts = parts
    const provisioners = new Map(parts.provisioners.map((provisioner) => [provisioner.name, provisioner]))
    this.#revoker = new Revoker({ ...parts, provisioners })
    this.#nextId = randomIds('cred', parts.random)
  }

  /** Those of one job, none of them made yet; `undefined` where nothing makes any. */
  of(facts: JobFacts, budget: Budget): JobCredentials | undefined {
    const { limits, provisioners } = this.#parts
    if (provisioners.length === 0) return undefined
    const { id, agent, scope, traceId, lease, leaseConstraints } = facts
    const job = {
      jobId: id,
      agent,
      scope,
      traceId,
      lease,
      ...(leaseConstraints && { leaseConstraints }),
    }
    return new JobCredentials({
      ...this.#parts,
      job,
      budget,
      revoker: this.#revoker,
      nextId: this.#nextId,
      maxBytes: Math.min(limits.credentialBytes, Math.floor(limits.maxFrameBytes / 4)),
      rotationMs: limits.admissionMs,
    })
  }

  /** Goes on revoking what an earlier runtime on the same store has left. Never rejects. */
  resume(): Promise<void> {
    return this.#revoker.resume()
  }

  /** Resolves when there has been an attempt to revoke each credential; those of jobs that go on are waited for. */
  tried(): Promise<void> {
    return this.#revoker.tried()
  }

  /** Revokes nothing any more. */
  close(): void {
    this.#revoker.close()
  }
}

/** @throws TypeError for what is none, for two of one name, and for one too many */
export function checkedProvisioners(
  provisioners: readonly CredentialProvisioner[] = [],
): readonly CredentialProvisioner[] {
  if (provisioners.length > MAX_PROVISIONERS)
    throw new TypeError(`credentials: expected at most ${MAX_PROVISIONERS}`)
  const names = new Set<string>()
  for (const { name, issue, revoke } of provisioners) {
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH)
      throw new TypeError(`credentials: expected a name of 1 to ${MAX_NAME_LENGTH} characters`)
    if (typeof issue !== 'function' || typeof revoke !== 'function')
      throw new TypeError(`credentials: ${name} has no issue or revoke`)
    if (names.has(name)) throw new TypeError(`credentials: there are two of the name ${name}`)
    names.add(name)
  }
  return provisioners
}
