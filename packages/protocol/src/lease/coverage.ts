import type { Issue } from '../schema'
import { budgetEntryFault, budgetOf } from './budget'
import { globLanguage } from './glob'
import { includes, MAX_WORK } from './inclusion'
import { accepts, type Language } from './language'
import type { Lease } from './lease'
import { canonicalUrl, urlLanguages, urlPatternFault } from './url-pattern'

/** Something a lease asks for that another one does not allow. */
export interface Excess {
  readonly namespace: string
  readonly pattern: string
}

/** How the patterns of a namespace are read. */
interface Reading {
  /** What a pattern stands for. */
  readonly languages: (pattern: string) => readonly Language[]
  /** A target as patterns see it; `undefined` for one that nothing covers. */
  readonly target?: (text: string) => string | undefined
  /** What is wrong with a pattern. */
  readonly fault?: (pattern: string) => string | undefined
}

const readings = new Map<string, Reading>([
  ['net.fetch', { languages: urlLanguages, target: canonicalUrl, fault: urlPatternFault }],
  ['agent.delegate', { languages: agentLanguages }],
  ['cost.budget', { languages: () => [], fault: budgetEntryFault }],
])

const asGlob: Reading = { languages: (pattern) => [globLanguage(pattern)] }

/**
 * Whether a lease covers an operation. Files are compared as the texts they are: resolve them first. Budgets cover
 * nothing, they limit. `docs/protocol.md` §7.
 */
export function covers(lease: Lease, namespace: string, target: string): boolean {
  const { languages, target: canonical = String } = readings.get(namespace) ?? asGlob
  const text = canonical(target)
  return text !== undefined && accepts(patternsOf(lease, namespace).flatMap(languages), text)
}

/**
 * The first thing `inner` asks for beyond `outer`, `undefined` when there is none: every text its patterns stand for is
 * one of `outer`'s, and no amount is larger than one that `outer` names. Patterns too intricate to compare are beyond
 * it. `docs/protocol.md` §7.
 */
export function excessOf(outer: Lease, inner: Lease): Excess | undefined {
  const work = { left: MAX_WORK }
  for (const [namespace, patterns] of Object.entries(inner)) {
    if (namespace === 'cost.budget') continue
    const { languages } = readings.get(namespace) ?? asGlob
    const allowed = patternsOf(outer, namespace).flatMap(languages)
    const pattern = patterns.find((one) => !includes(allowed, languages(one), work))
    if (pattern !== undefined) return { namespace, pattern }
  }
  return overspending(outer, inner)
}

/** What is wrong with the patterns of a lease, each with its path below `prefix`. */
export function leaseIssues(lease: Lease, prefix = 'lease_request'): Issue[] {
  return Object.entries(lease).flatMap(([namespace, patterns]) =>
    patterns.flatMap((pattern, i) => {
      const message = readings.get(namespace)?.fault?.(pattern)
      return message === undefined ? [] : [{ path: `${prefix}["${namespace}"][${i}]`, message }]
    }),
  )
}

/** The patterns a lease has for a namespace. */
export function patternsOf(lease: Lease, namespace: string): readonly string[] {
  return Object.hasOwn(lease, namespace) ? (lease[namespace] ?? []) : []
}

function overspending(outer: Lease, inner: Lease): Excess | undefined {
  const limits = budgetOf(patternsOf(outer, 'cost.budget'))
  const entries = patternsOf(inner, 'cost.budget')
  for (const [currency, amount] of budgetOf(entries)) {
    const limit = limits.get(currency)
    if (limit === undefined || amount <= limit) continue
    const pattern = entries.findLast((entry) => entry.startsWith(`${currency}:`)) ?? currency
    return { namespace: 'cost.budget', pattern }
  }
  return undefined
}

/** A name without a version stands for every version. */
function agentLanguages(pattern: string): Language[] {
  const named = globLanguage(pattern)
  return pattern.includes('@') ? [named] : [named, globLanguage(`${pattern}@*`)]
}
