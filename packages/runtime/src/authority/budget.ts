import { InvalidRequestError, LeaseSubsetViolationError } from '@arcp/protocol'
import {
  type Amount,
  type Budget as Amounts,
  formatAmount,
  isCurrency,
  lookAlike,
} from '@arcp/protocol/lease'
import { Counter, type SetAside } from './counter'

/** A budget within another one, as long as it lasts. */
export interface Loan {
  readonly budget: Budget
  /** Ends it: what was really spent is the lender's spending, the rest is back. Harmless a second time. */
  settle(): void
}

/** What is limited within another budget. */
export interface LoanTerms {
  readonly granted: Amounts
  /** Those of `granted` that are taken out of the lender's. */
  readonly named: Amounts
  /** How many it may have to do with itself. */
  readonly maxCurrencies: number
}

/**
 * Counters: one for each currency that is limited, or that has been spent. Each job has such, and so have jobs that share
 * what one token allows. `docs/protocol.md` §7.
 */
export class Budget {
  readonly #counters = new Map<string, Counter>()
  /** Currencies that are limited, or that whoever has this budget has named itself. */
  readonly #own = new Set<string>()
  readonly #maxCurrencies: number
  readonly #lender: Budget | undefined

  /**
   * @param maxCurrencies how many there may be of its own, and as many more that only those within it have spent
   * @param lender where all is charged as well that is not `named`
   */
  constructor(granted: Amounts, maxCurrencies: number, lender?: Budget, named?: Amounts) {
    this.#maxCurrencies = maxCurrencies
    this.#lender = lender
    for (const [currency, above] of lender?.counters ?? []) {
      const isLimit = above.limit !== undefined && !named?.has(currency)
      if (isLimit) this.#counters.set(currency, new Counter(granted.get(currency), above))
    }
    for (const [currency, amount] of granted) {
      const above = named?.has(currency) ? undefined : lender?.upstream(currency)
      if (!this.#counters.has(currency)) this.#counters.set(currency, new Counter(amount, above))
    }
    for (const currency of this.#counters.keys()) this.#own.add(currency)
  }

  /** The currency of a counter at which nothing is left. */
  get exhausted(): string | undefined {
    for (const [currency, { isExhausted }] of this.#counters) if (isExhausted) return currency
    return undefined
  }

  /** What is left of each currency that is limited, a decimal, 0 where too much was spent; `undefined` without any. */
  get left(): Record<string, string> | undefined {
    const left = new Map<string, Amount>()
    for (const [currency, { remaining }] of this.#counters) {
      if (remaining !== undefined) left.set(currency, remaining > 0n ? remaining : 0n)
    }
    return writtenBudget(left)
  }

  /** The counters there are, by currency. */
  get counters(): ReadonlyMap<string, Counter> {
    return this.#counters
  }

  /**
   * The counter of a currency; one that no lease limits begins to be recorded.
   *
   * @throws INVALID_REQUEST for what is no currency, differs from another by the case of its letters only, or is one too
   * many
   */
  counter(currency: string): Counter {
    if (!this.#own.has(currency)) {
      this.#checkSpelling(currency)
      if (this.#own.size >= this.#maxCurrencies) {
        throw new InvalidRequestError(`currency: a job spends at most ${this.#maxCurrencies} of them`)
      }
    }
    const counter = this.#counters.get(currency) ?? this.#record(currency)
    this.#own.add(currency)
    return counter
  }

  /**
   * A budget within this one. What it names is set aside here, all of it or nothing, and counted there; what it does not
   * name is charged here as well, and never has more left than there is here.
   *
   * @throws LEASE_SUBSET_VIOLATION when not as much is left
   */
  lend({ granted, named, maxCurrencies }: LoanTerms): Loan {
    const budget = new Budget(granted, maxCurrencies, this, named)
    const parts = this.#setAside(named)
    return {
      budget,
      settle: () => {
        for (const counter of budget.counters.values()) counter.leave()
        for (const [currency, part] of parts) part.settle(budget.counters.get(currency)?.spent ?? 0n)
      },
    }
  }

  /** What a currency counts at for those within; where nobody limits it, it is recorded while there is room. */
  upstream(currency: string): Counter | undefined {
    const found = this.#counters.get(currency)
    if (found) return found
    this.#checkSpelling(currency)
    const isFull = this.#counters.size - this.#own.size >= this.#maxCurrencies
    return isFull ? undefined : this.#record(currency)
  }

  #checkSpelling(currency: string): void {
    if (typeof currency !== 'string' || !isCurrency(currency)) {
      throw new InvalidRequestError('currency: expected a name like USD, of at most 16 characters')
    }
    const other = lookAlike(this.#own, currency)
    if (other !== undefined) throw new InvalidRequestError(`currency: expected ${other}, as before`)
  }

  #record(currency: string): Counter {
    const counter = new Counter(undefined, this.#lender?.upstream(currency))
    this.#counters.set(currency, counter)
    return counter
  }

  #setAside(named: Amounts): ReadonlyMap<string, SetAside> {
    const parts = new Map<string, SetAside>()
    const wanted = [...named].map(([currency, amount]) => ({
      currency,
      amount,
      lender: this.upstream(currency),
    }))
    for (const { currency, amount, lender } of wanted) {
      if (!lender) continue
      const part = lender.setAside(amount, { lent: true })
      if (part) {
        parts.set(currency, part)
        continue
      }
      for (const one of parts.values()) one.release()
      throw tooLittle(currency, amount, lender.remaining ?? 0n)
    }
    return parts
  }
}

/** What is granted, as it travels: a decimal string for each currency; `undefined` when nothing is limited. */
export function writtenBudget(granted: Amounts): Record<string, string> | undefined {
  if (granted.size === 0) return undefined
  return Object.fromEntries([...granted].map(([currency, amount]) => [currency, formatAmount(amount)]))
}

function tooLittle(currency: string, amount: Amount, left: Amount): Error {
  const [wanted, remaining] = [formatAmount(amount), formatAmount(left)]
  return new LeaseSubsetViolationError(`${remaining} ${currency} are left, less than ${wanted}`, {
    details: { namespace: 'cost.budget', pattern: `${currency}:${wanted}`, remaining },
  })
}
