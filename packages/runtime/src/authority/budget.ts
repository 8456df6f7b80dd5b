import { InvalidRequestError } from '@arcp/protocol'
import { type Budget as Amounts, formatAmount, isCurrency } from '@arcp/protocol/lease'
import { Counter } from './counter'

/** A job's counters: one for each currency that its lease limits, or that it has spent. `docs/protocol.md` §7. */
export class Budget {
  readonly #counters: Map<string, Counter>
  readonly #maxCurrencies: number

  /** @param maxCurrencies how many counters there may be */
  constructor(granted: Amounts, maxCurrencies: number) {
    this.#counters = new Map([...granted].map(([currency, amount]) => [currency, new Counter(amount)]))
    this.#maxCurrencies = maxCurrencies
  }

  /** The currency of a counter at which nothing is left. */
  get exhausted(): string | undefined {
    for (const [currency, { isExhausted }] of this.#counters) if (isExhausted) return currency
    return undefined
  }

  /** The counters there are, by currency. */
  get counters(): ReadonlyMap<string, Counter> {
    return this.#counters
  }

  /**
   * The counter of a currency; one that no lease limits begins to be recorded.
   *
   * @throws INVALID_REQUEST for what is no currency, or one too many
   */
  counter(currency: string): Counter {
    const found = this.#counters.get(currency)
    if (found) return found
    if (typeof currency !== 'string' || !isCurrency(currency)) {
      throw new InvalidRequestError('currency: expected a name like USD, of at most 16 characters')
    }
    if (this.#counters.size >= this.#maxCurrencies) {
      throw new InvalidRequestError(`currency: a job spends at most ${this.#maxCurrencies} of them`)
    }
    const counter = new Counter(undefined)
    this.#counters.set(currency, counter)
    return counter
  }
}

/** What is granted, as it travels: a decimal string for each currency; `undefined` when nothing is limited. */
export function writtenBudget(granted: Amounts): Record<string, string> | undefined {
  if (granted.size === 0) return undefined
  return Object.fromEntries([...granted].map(([currency, amount]) => [currency, formatAmount(amount)]))
}
