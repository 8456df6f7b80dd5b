import { advance, type Language, type Step, skipRuns } from './language'

/** What comparing may cost, in places looked at; a real lease costs a few thousand. */
export interface Work {
  left: number
}

/** The work that comparing two leases may take. */
export const MAX_WORK = 500_000

/** A character that no pattern names. */
const OTHER = ''

/**
 * Whether every text of `inner` is one of `outer` too. A yes is always right; a no is wrong only for patterns made to
 * be intricate, whose comparison is given up when there is no `work` left.
 */
export function includes(
  outer: readonly Language[],
  inner: readonly Language[],
  work: Work = { left: MAX_WORK },
): boolean {
  if (outer.some(isEverything)) return true
  const alphabet = charactersOf(outer)
  return inner.every((one) => holds(outer, one, alphabet, work))
}

/** Where one stands in each of the outer languages. */
type Places = readonly (readonly number[])[]

/** Walks every text of `inner`, and where it leads in `outer`, each pair of places once. */
function holds(
  outer: readonly Language[],
  inner: Language,
  alphabet: ReadonlySet<string>,
  work: Work,
): boolean {
  const seen = new Set<string>()
  const open: { readonly at: number; readonly places: Places }[] = []
  const visit = (at: number, places: Places): boolean => {
    // Whatever comes, some text of the rest is in no outer language.
    if (places.every((one) => one.length === 0)) return false
    const key = `${at}:${places.join('|')}`
    if (!seen.has(key)) open.push({ at, places })
    seen.add(key)
    return true
  }
  const start = outer.map(({ steps }) => skipRuns(steps, [0]))
  if (!visit(0, start)) return false
  for (let next = open.pop(); next; next = open.pop()) {
    const { at, places } = next
    if (inner.ends.includes(at) && !isEnd(outer, places)) return false
    const step = inner.steps[at]
    if (step === undefined) continue
    if (typeof step === 'object' && !visit(at + 1, places)) return false
    for (const character of charactersRead(step, alphabet)) {
      for (const one of places) work.left -= one.length + 1
      if (work.left < 0) return false
      const moved = outer.map(({ steps }, i) => skipRuns(steps, advance(steps, places[i] ?? [], character)))
      if (!visit(typeof step === 'object' ? at : at + 1, moved)) return false
    }
  }
  return true
}

/** Whether a language holds any text there is. */
function isEverything({ steps: [step, ...more] }: Language): boolean {
  return typeof step === 'object' && step.except === '' && more.length === 0
}

function isEnd(outer: readonly Language[], places: Places): boolean {
  return outer.some(({ ends }, i) => places[i]?.some((place) => ends.includes(place)))
}

/** Every character that makes a difference to these, and one that makes none. */
function charactersOf(languages: readonly Language[]): ReadonlySet<string> {
  const characters = new Set<string>([OTHER])
  for (const { steps } of languages) {
    for (const step of steps)
      for (const one of typeof step === 'string' ? [step] : step.except) characters.add(one)
  }
  return characters
}

function charactersRead(step: Step, alphabet: ReadonlySet<string>): Iterable<string> {
  if (typeof step === 'string') return [step]
  return [...alphabet].filter((one) => one === OTHER || !step.except.includes(one))
}
