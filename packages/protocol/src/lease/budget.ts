import { type Amount, parseAmount } from './amount'

/** Amounts by currency. */
export type Budget = ReadonlyMap<string, Amount>

/** What an entry of `cost.budget` is: a currency of 1 to 16 characters, and an amount of at most 6 decimals. */
const ENTRY = /^([A-Za-z][A-Za-z0-9._-]{0,15}):(\d{1,9}(?:\.\d{1,6})?)$/
const CURRENCY = /^[A-Za-z][A-Za-z0-9._-]{0,15}$/

/** What is wrong with an entry of `cost.budget`; `undefined` when nothing is. */
export function budgetEntryFault(entry: string): string | undefined {
  return ENTRY.test(entry) ? undefined : 'expected CURRENCY:AMOUNT, like USD:1.50'
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
