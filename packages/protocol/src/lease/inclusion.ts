import { Automaton, type State } from './automaton'
import type { Language, Step } from './language'

/** What comparing may cost, in steps taken and places looked at; a real lease costs a few thousand. */
export interface Work {
  left: number
}

/** The work that comparing two leases may take: enough for a thousand paths among a thousand, and some tens of milliseconds. */
export const MAX_WORK = 250_000

/** A character that no pattern names. */
const OTHER = ''

/**
 * Tells whether every text of a language is one of `outer` too. A yes is always right; a no is wrong only for patterns
 * made to be intricate, whose comparison is given up when there is no `work` left.
 */
export function inclusionIn(outer: readonly Language[], work: Work): (inner: Language) => boolean {
  const automaton = new Automaton(outer)
  return (inner) => holds(automaton, inner, work)
}

/** Walks every text of `inner`, and where it leads in the automaton, each pair of places once. */
function holds(automaton: Automaton, inner: Language, work: Work): boolean {
  const seen = new Set<number>()
  const open: { readonly at: number; readonly state: State }[] = []
  const visit = (at: number, state: State): boolean => {
    // Whatever comes, some text of the rest is in no outer language.
    if (state.places.length === 0) return false
    const key = state.id * (inner.steps.length + 1) + at
    if (state.isEndless || seen.has(key)) return true
    seen.add(key)
    open.push({ at, state })
    return true
  }
  if (!visit(0, automaton.start)) return false
  for (let next = open.pop(); next; next = open.pop()) {
    const { at, state } = next
    if (inner.ends.includes(at) && !state.isEnd) return false
    const step = inner.steps[at]
    if (step === undefined) continue
    const isRun = typeof step === 'object'
    if (isRun && !visit(at + 1, state)) return false
    for (const character of charactersRead(step, state)) {
      const known = state.next.get(character)
      work.left -= known ? 1 : 1 + state.places.length
      if (work.left < 0) return false
      if (!visit(isRun ? at : at + 1, known ?? automaton.read(state, character))) return false
    }
  }
  return true
}

/** Every character the step reads that makes a difference, and one that makes none. */
function charactersRead(step: Step, { telling }: State): readonly string[] {
  if (typeof step === 'string') return [telling.has(step) ? step : OTHER]
  return [OTHER, ...[...telling].filter((one) => !step.except.includes(one))]
}
