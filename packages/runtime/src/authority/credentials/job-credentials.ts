import {
  type Clock,
  type Credential,
  InternalError,
  InvalidRequestError,
  isArcpError,
  utf8Length,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { CredentialNote } from '@arcp/protocol/store'
import { Deadline } from '../../deadline'
import { limitReached } from '../../limit-reached'
import type { Budget } from '../budget'
import { JobCredential } from './job-credential'
import type { CredentialProvisioner, CredentialRequest } from './provisioner'
import type { Revoker } from './revoker'

/** What is told of a job to those who make its credentials. */
export type CredentialedJob = Omit<CredentialRequest, 'id' | 'budget' | 'replaces' | 'signal' | 'rotate'>

/** What {@link JobCredentials} need. */
export interface JobCredentialsParts {
  readonly job: CredentialedJob
  readonly budget: Pick<Budget, 'left'>
  readonly provisioners: readonly CredentialProvisioner[]
  readonly revoker: Revoker
  readonly nextId: () => string
  readonly clock: Clock
  readonly logger: Logger
  /** What all of them may hold together, as JSON. */
  readonly maxBytes: number
  /** How long one may take to be replaced, in milliseconds. */
  readonly rotationMs: number
}

/** One that is in use. */
interface Held {
  readonly note: CredentialNote
  readonly provisioner: CredentialProvisioner
  readonly credential: JobCredential
}

/**
 * The credentials of one job: made before it is accepted, replaced while it runs, revoked when it ends.
 * `docs/protocol.md` §7.
 */
export class JobCredentials {
  /** Told when one has been replaced; what it returns is waited for by the agent that asked. */
  onRotated: (() => Promise<void>) | undefined
  readonly #parts: JobCredentialsParts
  readonly #ended = new AbortController()
  /** What is being made or revoked. */
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #rotations = new Map<string, Promise<JobCredential>>()
  /** In the order of their provisioners. */
  #held: readonly Held[] = []
  #paced: Promise<void> | undefined
  #revoking: Promise<void> | undefined

  constructor(parts: JobCredentialsParts) {
    this.#parts = parts
  }

  /** Those in use now; none once the job is to end. */
  get current(): readonly JobCredential[] {
    return this.#held.map(({ credential }) => credential)
  }

  /** The same as the job's owner is told. */
  toWire(): Credential[] {
    return this.#held.map(({ credential }) => credential.toWire())
  }

  /** Whether all that were ever made are revoked. */
  get isRevoked(): boolean {
    return this.#ended.signal.aborted && this.#underWay.size === 0
  }

  /**
   * Makes them all, or none: whoever gives up waiting, or learns that it failed, calls {@link revoke}.
   *
   * @throws INTERNAL_ERROR; what a provisioner throws, if it is an `ArcpError`
   */
  async issue(): Promise<void> {
    const { provisioners } = this.#parts
    let failure: { readonly error: unknown } | undefined
    const making = provisioners.map((provisioner) =>
      this.#make(provisioner, this.#ended.signal).catch((error: unknown) => {
        failure ??= { error }
        this.#ended.abort()
      }),
    )
    await Promise.all(making)
    if (failure) throw failure.error
  }

  /**
   * Replaces one by another of the same provisioner, and revokes it. Asked for again meanwhile, it is replaced once.
   *
   * @throws INVALID_REQUEST for one the job does not have; what {@link issue} throws
   */
  async rotate(id: string): Promise<JobCredential> {
    const held = this.#held.find(({ credential }) => credential.id === id)
    if (!held) throw new InvalidRequestError('the job has no such credential')
    const rotation = this.#rotations.get(id) ?? this.#replace(held).finally(() => this.#rotations.delete(id))
    this.#rotations.set(id, rotation)
    const credential = await rotation
    await this.#paced
    return credential
  }

  /** Revokes them all; resolves when that is done, and never rejects. */
  revoke(): Promise<void> {
    this.#revoking ??= this.#end()
    return this.#revoking
  }

  async #end(): Promise<void> {
    const held = this.#held
    this.#held = []
    this.#ended.abort()
    for (const { note } of held) this.#drop(note)
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  async #replace(held: Held): Promise<JobCredential> {
    const { clock, rotationMs } = this.#parts
    const late = new AbortController()
    const deadline = new Deadline({
      clock,
      ms: rotationMs,
      reason: 'credentials',
      onLeft: () => late.abort(),
    })
    try {
      const signal = AbortSignal.any([late.signal, this.#ended.signal])
      const credential = await deadline.race(this.#make(held.provisioner, signal, held))
      if (credential) return credential
      throw new InternalError('there is no credential to replace it', { retryable: false })
    } finally {
      deadline.cancel()
    }
  }

  #make(
    provisioner: CredentialProvisioner,
    signal: AbortSignal,
    replaced?: Held,
  ): Promise<JobCredential | undefined> {
    const making = this.#issueNoted(provisioner, signal, replaced)
    this.#track(making)
    return making
  }

  async #issueNoted(
    provisioner: CredentialProvisioner,
    signal: AbortSignal,
    replaced: Held | undefined,
  ): Promise<JobCredential | undefined> {
    const { job, budget, revoker, nextId, logger } = this.#parts
    const { left } = budget
    const id = nextId()
    const note = {
      credentialId: id,
      provisioner: provisioner.name,
      jobId: job.jobId,
      principal: job.scope.principal,
    }
    await revoker.note(note)
    try {
      signal.throwIfAborted()
      const issued = await provisioner.issue({
        ...job,
        id,
        ...(left && { budget: left }),
        ...(replaced && { replaces: replaced.note.credentialId }),
        signal,
        rotate: () => this.#rotateUnasked(id),
      })
      // From here on it is either held or revoked: nothing is waited for in between.
      signal.throwIfAborted()
      if (issued)
        return this.#take({ note, provisioner, credential: new JobCredential(id, issued) }, replaced)
      revoker.release(note)
      return undefined
    } catch (error) {
      this.#drop(note)
      if (!signal.aborted) logger.warn('a credential could not be made', { error, ...note })
      if (isArcpError(error)) throw error
      throw new InternalError('the credentials could not be made', { details: { reason: 'credentials' } })
    }
  }

  /** @throws INTERNAL_ERROR where they would be too large together */
  #take(made: Held, replaced: Held | undefined): JobCredential {
    const { provisioners, maxBytes } = this.#parts
    const held = [...this.#held.filter((one) => one !== replaced), made]
    held.sort((a, b) => provisioners.indexOf(a.provisioner) - provisioners.indexOf(b.provisioner))
    const bytes = utf8Length(JSON.stringify(held.map(({ credential }) => credential.toWire())))
    if (bytes > maxBytes) throw limitReached('credential_bytes', maxBytes)
    this.#held = held
    if (replaced) {
      this.#drop(replaced.note)
      this.#paced = this.onRotated?.()
    }
    return made.credential
  }

  #rotateUnasked(id: string): void {
    const { logger, job } = this.#parts
    if (this.#ended.signal.aborted) return
    this.rotate(id).catch((error: unknown) =>
      logger.warn('a credential could not be replaced', { error, credentialId: id, jobId: job.jobId }),
    )
  }

  #drop(note: CredentialNote): void {
    this.#track(this.#parts.revoker.revoke(note))
  }

  #track(work: Promise<unknown>): void {
    const over = () => this.#underWay.delete(tracked)
    const tracked: Promise<unknown> = work.then(over, over)
    this.#underWay.add(tracked)
  }
}
