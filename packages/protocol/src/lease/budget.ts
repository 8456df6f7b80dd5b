import { type Amount, parseAmount } from './amount'

/** Amounts by currency. */
export type Budget = ReadonlyMap<string, Amount>

/** What an entry of `cost.budget` is: a currency of 1 to 16 characters, and an amount of at most 6 decimals. */
const ENTRY = /^([A-Za-z][A-Za-z0-9._-]{0,15}):(\d{1,9}(?:\.\d{1,6})?)$/
const CURRENCY = /^[A-Za-z][A-Za-z0-9._-]{0,15}$/

/** What is wrong with each entry of `cost.budget`; `undefined` where nothing is. */
export function budgetFaults(entries: readonly string[]): (string | undefined)[] {
  const spelled = new Set<string>()
  return entries.map((entry) => {
    const currency = ENTRY.exec(entry)?.[1]
    if (currency === undefined) return 'expected CURRENCY:AMOUNT, like USD:1.50'
    const other = lookAlike(spelled, currency)
    if (other === undefined) spelled.add(currency)
    return other && `expected ${other}, as in another entry`
  })
}

/** One of these currencies that differs from another one by the case of its letters only. */
export function lookAlike(currencies: Iterable<string>, currency: string): string | undefined {
  const letters = currency.toLowerCase()
  for (const one of currencies) if (one !== currency && one.toLowerCase() === letters) return one
  return undefined
}

/** Whether a text may name a currency. */
export function isCurrency(text: string): boolean {
  return CURRENCY.test(text)
}

/**
 * What the entries of `cost.budget` come to, several of one currency added up; those that are none count for nothing.
 * `docs/protocol.md` §7.
 */
export function budgetOf(entries: readonly string[] = []): Budget {
  const budget = new Map<string, Amount>()
  for (const entry of entries) {
    const [, currency = '', text = ''] = ENTRY.exec(entry) ?? []
    const amount = parseAmount(text)
    if (amount !== undefined) budget.set(currency, (budget.get(currency) ?? 0n) + amount)
  }
  return budget
}
