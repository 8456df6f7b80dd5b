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
 * Without a grant it only records. `docs/protocol.md` §7.
 */
export class Counter {
  #spent = 0n
  #kept = 0n
  #lent = 0n

  constructor(readonly granted: Amount | undefined) {}

  get spent(): Amount {
    return this.#spent
  }

  /** What is set aside, by and for whomever. */
  get reserved(): Amount {
    return this.#kept + this.#lent
  }

  /** What may still be spent or set aside; below zero when too much was spent. `undefined` without a grant. */
  get remaining(): Amount | undefined {
    return this.granted === undefined ? undefined : this.granted - this.#spent - this.reserved
  }

  /** Whether nothing is left; what was set aside for oneself is still there. */
  get isExhausted(): boolean {
    return this.granted !== undefined && this.granted - this.#spent - this.#lent <= 0n
  }

  /** Counts what has been spent, also beyond what is left: money that is gone is gone. */
  charge(amount: Amount): void {
    this.#spent += amount
  }

  /**
   * Sets a part aside; `undefined` when that much is not left.
   *
   * @param lent for somebody else, who counts by a counter of its own: to whom it belongs it is gone meanwhile
   */
  setAside(amount: Amount, { lent = false } = {}): SetAside | undefined {
    const { remaining } = this
    if (remaining !== undefined && amount > remaining) return undefined
    const put = (change: Amount) => {
      if (lent) this.#lent += change
      else this.#kept += change
    }
    put(amount)
    let isOpen = true
    const giveBack = () => {
      if (!isOpen) return false
      isOpen = false
      put(-amount)
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
}
