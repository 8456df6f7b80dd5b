import { budgetFaults } from './budget'
import { fsPatternFault } from './fs-pattern'
import { globLanguage } from './glob'
import type { Language } from './language'
import type { Lease } from './lease'
import { privateHostOf } from './private-host'
import { canonicalUrl, urlLanguages, urlPatternFault } from './url-pattern'

/** How the patterns of a namespace are read. */
export interface Reading {
  /** What a pattern stands for. */
  readonly languages: (pattern: string) => readonly Language[]
  /** A target as patterns see it; `undefined` for one that nothing covers. */
  readonly target?: (text: string) => string | undefined
  /** What a pattern has to name just like this target, or pattern, does, for no wildcard stands for it. */
  readonly name?: (text: string) => string | undefined
  /** What is wrong with each pattern. */
  readonly faults?: (patterns: readonly string[]) => readonly (string | undefined)[]
}

const asGlob: Reading = { languages: (pattern) => [globLanguage(pattern)] }
const asFiles: Reading = { ...asGlob, faults: (patterns) => patterns.map(fsPatternFault) }
const asUrls: Reading = {
  languages: urlLanguages,
  target: canonicalUrl,
  name: privateHostOf,
  faults: (patterns) => patterns.map(urlPatternFault),
}

const readings = new Map<string, Reading>([
  ['fs.read', asFiles],
  ['fs.write', asFiles],
  ['net.fetch', asUrls],
  ['agent.delegate', { languages: agentLanguages }],
  ['cost.budget', { languages: () => [], faults: budgetFaults }],
])

/** How a namespace is read. */
export function readingOf(namespace: string): Reading {
  return readings.get(namespace) ?? asGlob
}

/** The patterns a lease has for a namespace. */
export function patternsOf(lease: Lease, namespace: string): readonly string[] {
  return Object.hasOwn(lease, namespace) ? (lease[namespace] ?? []) : []
}

/** A name without a version stands for every version. */
function agentLanguages(pattern: string): Language[] {
  const named = globLanguage(pattern)
  return pattern.includes('@') ? [named] : [named, globLanguage(`${pattern}@*`)]
}
