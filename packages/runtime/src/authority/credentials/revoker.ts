import { type Clock, InternalError, type Timer } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { CredentialNote, Store } from '@arcp/protocol/store'
import { Deadline } from '../../deadline'
import { Tally } from '../../tally'
import type { CredentialProvisioner } from './provisioner'

/** How long one attempt may take, in milliseconds. */
const ATTEMPT_MS = 10_000
const FIRST_BACKOFF_MS = 1_000
const LAST_BACKOFF_MS = 5 * 60_000
/** Notes that are read at once. */
const PAGE = 1_000

/** Bounds of a {@link Revoker}. */
export interface RevokerLimits {
  readonly credentials: number
  readonly credentialsPerPrincipal: number
  readonly revocations: number
}

/** What a {@link Revoker} needs. */
export interface RevokerParts {
  readonly provisioners: ReadonlyMap<string, CredentialProvisioner>
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: RevokerLimits
}

/** A credential on its way out. */
interface Leaving {
  readonly note: CredentialNote
  /** Whether only its note is left. */
  revoked: boolean
  backoffMs: number
  readonly done: Promise<void>
  readonly settle: () => void
}

/** What goes on with one provisioner. */
interface Lane {
  running: number
  readonly waiting: Set<Leaving>
}

/**
 * Sees to it that no credential outlives its job: each is noted before it is made, and its note goes when it has been
 * revoked, which is tried until it succeeds. `docs/protocol.md` §7.
 */
export class Revoker {
  readonly #parts: RevokerParts
  /** Those whose note is kept. */
  readonly #noted: Tally
  readonly #leaving = new Map<string, Leaving>()
  readonly #lanes = new Map<string, Lane>()
  readonly #timers = new Set<Timer>()
  /** What this process has noted itself. */
  readonly #own = new Set<string>()
  /** Those of them that nobody has tried to revoke yet. */
  readonly #untried = new Set<string>()
  #onTried = () => {}
  #closed = false

  constructor(parts: RevokerParts) {
    const { credentials, credentialsPerPrincipal } = parts.limits
    this.#parts = parts
    this.#noted = new Tally({
      reason: 'credentials',
      all: credentials,
      perPrincipal: credentialsPerPrincipal,
    })
  }

  /**
   * Notes a credential that is about to be made.
   *
   * @throws INTERNAL_ERROR where there are too many, or the store does not take it
   */
  async note(note: CredentialNote): Promise<void> {
    this.#noted.check(note.principal)
    this.#noted.add(note.principal)
    this.#own.add(note.credentialId)
    this.#untried.add(note.credentialId)
    try {
      await this.#parts.store.noteCredential(note)
    } catch (cause) {
      this.release(note)
      throw new InternalError('the credentials could not be written down', { cause })
    }
  }

  /** Nothing was made under a note. */
  release(note: CredentialNote): void {
    void this.#leave(note, true)
  }

  /** Revokes a credential; resolves once that has been done, and never rejects. */
  revoke(note: CredentialNote): Promise<void> {
    return this.#leave(note, false)
  }

  /** Goes on with what an earlier runtime has left: its jobs are gone, so that all it has noted is to be revoked. */
  async resume(): Promise<void> {
    const { store, logger } = this.#parts
    try {
      for (let after: string | undefined = ''; after !== undefined && !this.#closed; ) {
        const page: readonly CredentialNote[] = await store.readCredentials(after, PAGE)
        for (const note of page) {
          if (this.#own.has(note.credentialId)) continue
          this.#noted.add(note.principal)
          void this.revoke(note)
        }
        after = page.length < PAGE ? undefined : page.at(-1)?.credentialId
      }
    } catch (error) {
      logger.error('what credentials are left to be revoked could not be read; a restart tries it again', {
        error,
      })
    }
  }

  /** Resolves when there has been an attempt to revoke each credential that this process has noted. */
  tried(): Promise<void> {
    if (this.#untried.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onTried = resolve
    })
  }

  /** Tries nothing any more. */
  close(): void {
    this.#closed = true
    for (const timer of this.#timers) timer.cancel()
    const left = new Set([...this.#own, ...this.#leaving.keys()]).size
    if (left > 0) this.#parts.logger.warn('credentials are left to be revoked', { credentials: left })
  }

  #leave(note: CredentialNote, revoked: boolean): Promise<void> {
    const already = this.#leaving.get(note.credentialId)
    if (already) return already.done
    let settle = () => {}
    const done = new Promise<void>((resolve) => {
      settle = resolve
    })
    const leaving = { note, revoked, backoffMs: FIRST_BACKOFF_MS, done, settle }
    this.#leaving.set(note.credentialId, leaving)
    this.#try(leaving)
    return done
  }

  #try(leaving: Leaving): void {
    if (this.#closed) return
    const lane = this.#laneOf(leaving.note)
    if (lane.running >= this.#parts.limits.revocations) {
      lane.waiting.add(leaving)
      return
    }
    lane.running++
    void this.#attempt(leaving).then((isDone) => {
      lane.running--
      this.#untried.delete(leaving.note.credentialId)
      if (this.#untried.size === 0) this.#onTried()
      if (isDone) this.#left(leaving)
      else this.#tryLater(leaving)
      const [next] = lane.waiting
      if (!next) return
      lane.waiting.delete(next)
      this.#try(next)
    })
  }

  #laneOf({ provisioner }: CredentialNote): Lane {
    const lane = this.#lanes.get(provisioner) ?? { running: 0, waiting: new Set() }
    this.#lanes.set(provisioner, lane)
    return lane
  }

  /** Whether nothing is left to be done. */
  async #attempt(leaving: Leaving): Promise<boolean> {
    const { clock, logger } = this.#parts
    const { note } = leaving
    const late = new AbortController()
    const deadline = new Deadline({
      clock,
      ms: ATTEMPT_MS,
      reason: 'revocation',
      onLeft: () => late.abort(),
    })
    try {
      await deadline.race(this.#end(leaving, late.signal))
      return true
    } catch (error) {
      const what = leaving.revoked
        ? 'the note of a credential could not be removed'
        : 'a credential could not be revoked'
      logger.warn(`${what}; it is tried again`, { error, ...note, retryInMs: leaving.backoffMs })
      return false
    } finally {
      deadline.cancel()
    }
  }

  async #end(leaving: Leaving, signal: AbortSignal): Promise<void> {
    const { provisioners, store } = this.#parts
    const { credentialId, provisioner } = leaving.note
    if (!leaving.revoked) {
      const maker = provisioners.get(provisioner)
      if (!maker) throw new Error(`there is no provisioner ${provisioner}`)
      await maker.revoke(credentialId, signal)
      leaving.revoked = true
      leaving.settle()
    }
    await store.forgetCredential(credentialId)
  }

  #left({ note, settle }: Leaving): void {
    this.#leaving.delete(note.credentialId)
    this.#own.delete(note.credentialId)
    this.#noted.subtract(note.principal)
    settle()
  }

  #tryLater(leaving: Leaving): void {
    if (this.#closed) return
    const timer = this.#parts.clock.setTimer(
      leaving.backoffMs,
      () => {
        this.#timers.delete(timer)
        this.#try(leaving)
      },
      { keepAlive: false },
    )
    this.#timers.add(timer)
    leaving.backoffMs = Math.min(leaving.backoffMs * 2, LAST_BACKOFF_MS)
  }
}
