import { accepts } from './language'
import type { Lease } from './lease'
import { patternsOf, type Reading, readingOf } from './reading'

/** Whether a lease covers an operation. */
export type Coverage = (namespace: string, target: string) => boolean

/**
 * What a lease covers, for many questions: the patterns of a namespace are read once, when it is first asked for. Files
 * are compared as the texts they are: resolve them first. A host that is not public is covered only by patterns that
 * name it. Budgets cover nothing, they limit. `docs/protocol.md` §7.
 */
export function coverageOf(lease: Lease): Coverage {
  const read = new Map<string, (target: string) => boolean>()
  return (namespace, target) => {
    const patterns = patternsOf(lease, namespace)
    if (patterns.length === 0) return false
    const covers = read.get(namespace) ?? patternsRead(patterns, readingOf(namespace))
    read.set(namespace, covers)
    return covers(target)
  }
}

/** Whether a lease covers one operation; see {@link coverageOf}. */
export function covers(lease: Lease, namespace: string, target: string): boolean {
  return coverageOf(lease)(namespace, target)
}

function patternsRead(
  patterns: readonly string[],
  { languages, target: canonical = String, name }: Reading,
): (target: string) => boolean {
  const read = patterns.map((pattern) => ({ name: name?.(pattern), languages: languages(pattern) }))
  const all = read.flatMap((one) => one.languages)
  return (target) => {
    const text = canonical(target)
    if (text === undefined) return false
    const named = name?.(text)
    if (named === undefined) return accepts(all, text)
    const those = read.filter((one) => one.name === named)
    return accepts(
      those.flatMap((one) => one.languages),
      text,
    )
  }
}
