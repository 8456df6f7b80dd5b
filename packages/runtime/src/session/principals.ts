import type { Clock } from '@arcp/protocol'
import { limitReached } from '../limit-reached'
import { RateLimit } from './rate-limit'

/** Bounds of what one principal's sessions do together. */
export interface PrincipalLimits {
  readonly sessionsPerPrincipal: number
  readonly messagesPerSecondPerPrincipal: number
}

/** What the sessions of one principal share. */
interface Share {
  sessions: number
  readonly rate: RateLimit
}

/** The principals that have sessions, and what each may do with all of them. */
export class Principals {
  readonly #clock: Clock
  readonly #limits: PrincipalLimits
  readonly #shares = new Map<string, Share>()
  /** Principals without a session, whose last messages may still count; first to leave first. */
  readonly #left = new Set<string>()

  constructor(clock: Clock, limits: PrincipalLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Whether the principal has as many sessions as it may. */
  isFull(principal: string): boolean {
    return (this.#shares.get(principal)?.sessions ?? 0) >= this.#limits.sessionsPerPrincipal
  }

  /** @throws INTERNAL_ERROR when the principal has as many sessions as it may */
  check(principal: string): void {
    if (!this.isFull(principal)) return
    throw limitReached('sessions_per_principal', this.#limits.sessionsPerPrincipal, 5_000)
  }

  /** A principal has one session more. */
  join(principal: string): void {
    this.#forgetLeft()
    const rate = new RateLimit(this.#clock, this.#limits.messagesPerSecondPerPrincipal)
    const share = this.#shares.get(principal) ?? { sessions: 0, rate }
    share.sessions++
    this.#shares.set(principal, share)
    this.#left.delete(principal)
  }

  /** And one less. Ending its last one does not let a principal send anew. */
  leave(principal: string): void {
    const share = this.#shares.get(principal)
    if (share && --share.sessions === 0) this.#left.add(principal)
    this.#forgetLeft()
  }

  /** How fast a principal that has sessions sends over all of their connections. */
  rateOf(principal: string): RateLimit | undefined {
    return this.#shares.get(principal)?.rate
  }

  #forgetLeft(): void {
    for (const principal of this.#left) {
      if (this.#shares.get(principal)?.rate.isOver === false) return
      this.#left.delete(principal)
      this.#shares.delete(principal)
    }
  }
}
