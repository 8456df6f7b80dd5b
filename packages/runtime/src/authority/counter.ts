import type { Amount } from '@arcp/protocol/lease'

/** A part of a {@link Counter} that has been set aside. It ends once: settled or released. */
export interface SetAside {
  readonly amount: Amount
  /** Whether it is neither settled nor released. */
  readonly isOpen: boolean
  /** Gives the part back and charges what it really came to, at once, be that less or more. */
  settle(actual: Amount): void
  /** Gives the part back. */
  release(): void
}

/**
 * What may be spent of one currency, and what has been: `granted = spent + reserved + remaining` at any time, exactly.
 * Without a grant it only records. One that stands below another counts there as well, and has no more left than that.
 * `docs/protocol.md` §7.
 */
export class Counter {
  #above: Counter | undefined
  #spent = 0n
  #kept = 0n
  #lent = 0n

  constructor(
    readonly granted: Amount | undefined,
    above?: Counter,
  ) {
    this.#above = above
  }

  /** What was granted, here or above; `undefined` where nothing limits it. */
  get limit(): Amount | undefined {
    return this.granted ?? this.#above?.limit
  }

  get spent(): Amount {
    return this.#spent
  }

  /** What is set aside, by and for whomever. */
  get reserved(): Amount {
    return this.#kept + this.#lent
  }

  /** What may still be spent or set aside; below zero when too much was spent. `undefined` where nothing limits it. */
  get remaining(): Amount | undefined {
    const own = this.granted === undefined ? undefined : this.granted - this.#spent - this.reserved
    const above = this.#above?.remaining
    if (own === undefined || above === undefined) return own ?? above
    const isLess = own < above
    return isLess ? own : above
  }

  /** Whether nothing is left; what was set aside for oneself is still there. */
  get isExhausted(): boolean {
    const { remaining } = this
    return remaining !== undefined && remaining + this.#kept <= 0n
  }

  /** Counts what has been spent, also beyond what is left: money that is gone is gone. */
  charge(amount: Amount): void {
    this.#spent += amount
    this.#above?.charge(amount)
  }

  /**
   * Sets a part aside; `undefined` when that much is not left.
   *
   * @param lent for somebody else, who counts by a counter of its own: to whom it belongs it is gone meanwhile
   */
  setAside(amount: Amount, { lent = false } = {}): SetAside | undefined {
    const { remaining } = this
    if (remaining !== undefined && amount > remaining) return undefined
    this.#put(amount, lent)
    let isOpen = true
    const giveBack = () => {
      if (!isOpen) return false
      isOpen = false
      this.#put(-amount, lent)
      return true
    }
    return {
      amount,
      get isOpen() {
        return isOpen
      },
      settle: (actual) => {
        if (giveBack()) this.charge(actual)
      },
      release: () => void giveBack(),
    }
  }

  /** Counts above no more, and gives back there what is still set aside. */
  leave(): void {
    if (this.#above) this.#above.#put(-this.reserved, true)
    this.#above = undefined
  }

  /** What one below keeps for itself is not there for those above. */
  #put(change: Amount, lent: boolean): void {
    if (lent) this.#lent += change
    else this.#kept += change
    if (this.#above) this.#above.#put(change, true)
  }
}
