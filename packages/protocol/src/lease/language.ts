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
  return languages.some(({ steps, ends }) => {
    let places = skipRuns(steps, [0])
    for (let i = 0; i < text.length && places.length > 0 && work > 0; i++) {
      work -= places.length
      places = advance(steps, places, text.charAt(i))
    }
    return work > 0 && places.some((place) => ends.includes(place))
  })
}

/** Steps of languages one after the other, each with `undefined` behind it. */
export type Steps = readonly (Step | undefined)[]

/** Where one stands after reading `character` from any of `places`; these and those in ascending order, each once. */
export function advance(steps: Steps, places: readonly number[], character: string): number[] {
  const next: number[] = []
  for (const place of places) {
    const step = steps[place]
    if (step === undefined || !reads(step, character)) continue
    next.push(typeof step === 'string' ? place + 1 : place)
  }
  return skipRuns(steps, next)
}

/** The places, which may repeat, and those one may be at as well since a run may be empty; each once. */
export function skipRuns(steps: Steps, places: readonly number[]): number[] {
  const reached: number[] = []
  let last = -1
  for (const place of places) {
    // From there to the last one reached all is there already, for places ascend.
    if (place <= last) continue
    last = place
    while (typeof steps[last] === 'object') reached.push(last++)
    reached.push(last)
  }
  return reached
}

/** Whether a step may read `character`. */
function reads(step: Step, character: string): boolean {
  return typeof step === 'string' ? step === character : !includesCharacter(step.except, character)
}

/** The empty text stands for a character that no pattern names, and is in no list of exceptions. */
function includesCharacter(list: string, character: string): boolean {
  return character !== '' && list.includes(character)
}
