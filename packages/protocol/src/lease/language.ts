/** One step through a text: a character, or any run of characters but those of `except`. */
export type Step = string | { readonly except: string }

/** A set of texts: those that lead through all steps, or as far as one of `ends`, which count the steps gone. */
export interface Language {
  readonly steps: readonly Step[]
  readonly ends: readonly number[]
}

/** The language of texts that lead through all of `steps`. */
export function language(steps: readonly Step[], ...shorterEnds: readonly number[]): Language {
  return { steps, ends: [steps.length, ...shorterEnds] }
}

/** What matching one text may cost, in places looked at; a real one costs a few hundred. */
const MAX_WORK = 500_000

/**
 * Whether any of the languages holds `text`. Takes time in proportion to the product of both lengths, and gives up, with
 * a no, on patterns made to be intricate.
 */
export function accepts(languages: readonly Language[], text: string): boolean {
  let work = MAX_WORK
  return languages.some((one) => {
    let places = skipRuns(one.steps, [0])
    for (let i = 0; i < text.length && places.length > 0 && work > 0; i++) {
      work -= places.length
      places = skipRuns(one.steps, advance(one.steps, places, text.charAt(i)))
    }
    return work > 0 && places.some((place) => one.ends.includes(place))
  })
}

/** Whether a step may read `character`. */
function reads(step: Step, character: string): boolean {
  return typeof step === 'string' ? step === character : !includesCharacter(step.except, character)
}

/** Where one stands after reading `character` from any of `places`. */
export function advance(
  steps: readonly (Step | undefined)[],
  places: readonly number[],
  character: string,
): number[] {
  const next: number[] = []
  for (const place of places) {
    const step = steps[place]
    if (step === undefined || !reads(step, character)) continue
    next.push(typeof step === 'string' ? place + 1 : place)
  }
  return next
}

/** The places, and those one may be at as well since a run may be empty; in ascending order, each once. */
export function skipRuns(steps: readonly (Step | undefined)[], places: readonly number[]): number[] {
  const reached = new Set<number>()
  for (let place of places) {
    while (!reached.has(place)) {
      reached.add(place)
      if (typeof steps[place] === 'object') place++
    }
  }
  return [...reached].sort((a, b) => a - b)
}

/** The empty text stands for a character that no pattern names, and is in no list of exceptions. */
function includesCharacter(list: string, character: string): boolean {
  return character !== '' && list.includes(character)
}
