import { budgetOf, lookAlike } from './budget'
import { inclusionIn, MAX_WORK, type Work } from './inclusion'
import type { Language } from './language'
import type { Lease } from './lease'
import { patternsOf, type Reading, readingOf } from './reading'

/** Something a lease asks for that another one does not allow. */
export interface Excess {
  readonly namespace: string
  readonly pattern: string
}

/**
 * The first thing `inner` asks for beyond `outer`, `undefined` when there is none: whatever `inner` covers, `outer` does,
 * too, and no amount is larger than one that `outer` names. Takes 250,000 steps at most, some tens of milliseconds: patterns
 * too intricate to be compared in these are beyond it. `docs/protocol.md` §7.
 */
export function excessOf(outer: Lease, inner: Lease): Excess | undefined {
  const work = { left: MAX_WORK }
  for (const [namespace, patterns] of Object.entries(inner)) {
    if (namespace === 'cost.budget') continue
    const isHeld = heldBy(patternsOf(outer, namespace), readingOf(namespace), work)
    const pattern = patterns.find((one) => !isHeld(one))
    if (pattern !== undefined) return { namespace, pattern }
  }
  return overspending(outer, inner)
}

/** Tells whether `patterns` stand for everything that another one stands for. */
function heldBy(
  patterns: readonly string[],
  { languages, name }: Reading,
  work: Work,
): (pattern: string) => boolean {
  const same = new Set(patterns)
  const names = name && patterns.map(name)
  const inclusions = new Map<string | undefined, (inner: Language) => boolean>()
  return (pattern) => {
    if (same.has(pattern)) return true
    const named = name?.(pattern)
    let isIncluded = inclusions.get(named)
    if (!isIncluded) {
      const those = named === undefined ? patterns : patterns.filter((_, i) => names?.[i] === named)
      isIncluded = inclusionIn(those.flatMap(languages), work)
      inclusions.set(named, isIncluded)
    }
    return languages(pattern).every(isIncluded)
  }
}

function overspending(outer: Lease, inner: Lease): Excess | undefined {
  const limits = budgetOf(patternsOf(outer, 'cost.budget'))
  const entries = patternsOf(inner, 'cost.budget')
  for (const [currency, amount] of budgetOf(entries)) {
    const limit = limits.get(currency)
    const isWithin = limit === undefined ? !lookAlike(limits.keys(), currency) : amount <= limit
    if (isWithin) continue
    const pattern = entries.findLast((entry) => entry.startsWith(`${currency}:`)) ?? currency
    return { namespace: 'cost.budget', pattern }
  }
  return undefined
}
