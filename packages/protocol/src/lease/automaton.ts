import { advance, type Language, type Step, skipRuns } from './language'

/** Where one may be in several languages at once, having read a text. */
export interface State {
  readonly id: number
  readonly places: readonly number[]
  /** Whether the text read so far is one of theirs. */
  readonly isEnd: boolean
  /** Whether it is, and any longer one, too. */
  readonly isEndless: boolean
  /** The characters it makes a difference to read here; all others make none. */
  readonly telling: ReadonlySet<string>
  readonly next: Map<string, State>
}

/** Several languages read at once. Its states are made when they are first reached. */
export class Automaton {
  readonly start: State
  /** Of all languages, one after the other, each with `undefined` behind it. */
  readonly #steps: (Step | undefined)[] = []
  readonly #ends = new Set<number>()
  readonly #states = new Map<string, State>()

  constructor(languages: readonly Language[]) {
    const starts: number[] = []
    for (const { steps, ends } of languages) {
      const offset = this.#steps.length
      starts.push(offset)
      for (const end of ends) this.#ends.add(offset + end)
      for (const step of steps) this.#steps.push(step)
      this.#steps.push(undefined)
    }
    this.start = this.#stateAt(skipRuns(this.#steps, starts))
  }

  /** Where one is after one more character. */
  read(state: State, character: string): State {
    const moved = this.#stateAt(advance(this.#steps, state.places, character))
    state.next.set(character, moved)
    return moved
  }

  #stateAt(places: readonly number[]): State {
    const key = places.join()
    const found = this.#states.get(key)
    if (found) return found
    const state = {
      id: this.#states.size,
      places,
      isEnd: places.some((place) => this.#ends.has(place)),
      isEndless: places.some(
        (place) => isAnything(this.#steps[place]) && this.#steps[place + 1] === undefined,
      ),
      telling: new Set(places.flatMap((place) => charactersOf(this.#steps[place]))),
      next: new Map<string, State>(),
    }
    this.#states.set(key, state)
    return state
  }
}

function isAnything(step: Step | undefined): boolean {
  return typeof step === 'object' && step.except === ''
}

function charactersOf(step: Step | undefined): readonly string[] {
  if (step === undefined) return []
  return typeof step === 'string' ? [step] : [...step.except]
}
