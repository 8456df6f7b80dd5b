import { limitReached } from './limit-reached'

/** Bounds of a {@link Tally}. */
export interface TallyLimits {
  /** What a refusal gives as its reason; of a principal's own bound with `_per_principal` behind. */
  readonly reason: string
  readonly all: number
  readonly perPrincipal: number
  /** When trying again may help, in milliseconds. Default 1,000. */
  readonly retryAfterMs?: number
}

/** Counts something that is bounded altogether, and for each principal by itself. */
export class Tally {
  readonly #limits: TallyLimits
  readonly #of = new Map<string, number>()
  #all = 0

  constructor(limits: TallyLimits) {
    this.#limits = limits
  }

  get all(): number {
    return this.#all
  }

  of(principal: string): number {
    return this.#of.get(principal) ?? 0
  }

  /** @throws INTERNAL_ERROR when `amount` more would be too much, of this principal or altogether */
  check(principal: string, amount = 1): void {
    const { reason, all, perPrincipal, retryAfterMs } = this.#limits
    if (this.of(principal) + amount > perPrincipal)
      throw limitReached(`${reason}_per_principal`, perPrincipal, retryAfterMs)
    if (this.#all + amount > all) throw limitReached(reason, all, retryAfterMs)
  }

  add(principal: string, amount = 1): void {
    const sum = this.of(principal) + amount
    this.#all += amount
    if (sum > 0) this.#of.set(principal, sum)
    else this.#of.delete(principal)
  }

  subtract(principal: string, amount = 1): void {
    this.add(principal, -amount)
  }
}
