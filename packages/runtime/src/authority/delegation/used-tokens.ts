import type { Clock } from '@arcp/protocol'
import { RefusedToken } from '../../auth/refused-token'
import { Tally } from '../../tally'
import type { Budget } from '../budget'
import type { SingleUse } from './verify'

/** The session a token belongs to. What is kept of it when it is over. */
export interface TokenHolder {
  readonly sessionId: string
  /** Whether a frame of it has arrived since its first welcome. */
  heard: boolean
}

/** Bounds of {@link UsedTokens}. */
export interface UsedTokenLimits {
  readonly delegationTokens: number
  readonly delegationTokensPerPrincipal: number
}

interface Use {
  readonly holder: TokenHolder
  readonly principal: string
  readonly until: number
  /** The same by the monotonic clock: the other one may be set ahead, and back again. */
  readonly monotonicUntil: number
  /** What its jobs share, whichever session they are of. */
  readonly budget: Budget | undefined
}

/** How often what is over is looked for, in milliseconds. */
const SWEEP_MS = 1_000

/**
 * The delegation tokens that have opened or resumed a session, until they could be used no longer. Each belongs to one
 * session; at the bound a further one is refused before one is forgotten. `docs/protocol.md` §8.
 */
export class UsedTokens {
  readonly #clock: Clock
  readonly #tally: Tally
  readonly #uses = new Map<string, Use>()
  #sweptAt: number | undefined

  constructor(clock: Clock, limits: UsedTokenLimits) {
    this.#clock = clock
    this.#tally = new Tally({
      reason: 'delegation_tokens',
      all: limits.delegationTokens,
      perPrincipal: limits.delegationTokensPerPrincipal,
      retryAfterMs: 60_000,
    })
  }

  /** How many are kept. */
  get size(): number {
    return this.#uses.size
  }

  /**
   * Whether a token may open a session.
   *
   * @returns the session it belongs to so far, which nothing was ever heard of: it has to end
   * @throws UNAUTHENTICATED for one that belongs to a session; INTERNAL_ERROR when too many are kept
   */
  checkOpening(token: SingleUse): string | undefined {
    const use = this.#uses.get(token.key)
    if (use?.holder.heard) throw replayed()
    if (!use) this.#checkRoom(token.principal)
    return use?.holder.sessionId
  }

  /**
   * Whether a token may resume a session, if that is proved otherwise.
   *
   * @param sessionId as the hello names it
   * @returns whether it is of use for nothing but that
   * @throws UNAUTHENTICATED for one that belongs to another session; INTERNAL_ERROR when too many are kept
   */
  checkResuming(token: SingleUse, sessionId: string): boolean {
    const use = this.#uses.get(token.key)
    if (use && use.holder.sessionId !== sessionId) throw replayed()
    if (!use) this.#checkRoom(token.principal)
    return use?.holder.heard === true
  }

  /**
   * A token belongs to this session from now on.
   *
   * @param budget what it says that its jobs share
   * @returns that budget, as it is by now where the token was taken before
   */
  bind(
    { key, principal, until }: SingleUse,
    holder: TokenHolder,
    budget: Budget | undefined,
  ): Budget | undefined {
    const monotonicUntil = this.#clock.monotonic() + until - this.#clock.now()
    const use = this.#uses.get(key) ?? { budget, principal, until, monotonicUntil }
    if (!this.#uses.has(key)) this.#tally.add(principal)
    this.#uses.set(key, { ...use, holder })
    return use.budget
  }

  #checkRoom(principal: string): void {
    const now = this.#clock.monotonic()
    if (this.#sweptAt === undefined || now - this.#sweptAt >= SWEEP_MS) {
      this.#sweptAt = now
      this.#sweep()
    }
    this.#tally.check(principal)
  }

  #sweep(): void {
    const now = this.#clock.now()
    const monotonic = this.#clock.monotonic()
    for (const [key, { principal, until, monotonicUntil }] of this.#uses) {
      if (until >= now || monotonicUntil >= monotonic) continue
      this.#uses.delete(key)
      this.#tally.subtract(principal)
    }
  }
}

/** A used token that proves no session it belongs to. */
export function replayed(): RefusedToken {
  return new RefusedToken('a delegation token: it has been used before')
}
