import type { Clock } from '@arcp/protocol'
import { Deadline } from '../deadline'
import type { Tally } from '../tally'

/** What {@link Deciding} needs. */
export interface DecidingParts {
  readonly clock: Clock
  /** How long a decision may take, in milliseconds. */
  readonly admissionMs: number
  /** What is counted as a job: what goes on of a decision whose time was over takes the place of one until it is done. */
  readonly active: Tally
}

/** The submits that are being decided, each within a time. */
export class Deciding {
  readonly #parts: DecidingParts
  readonly #open = new Set<Deadline>()
  #onNone = () => {}

  constructor(parts: DecidingParts) {
    this.#parts = parts
  }

  /** Decides on a submit of a principal. */
  async on<T>(principal: string, decide: (deadline: Deadline) => Promise<T>): Promise<T> {
    const { clock, admissionMs: ms } = this.#parts
    const onLeft = (step: Promise<unknown>) => this.#holdWhile(step, principal)
    const deadline = new Deadline({ clock, ms, reason: 'admission', onLeft })
    this.#open.add(deadline)
    try {
      return await decide(deadline)
    } finally {
      deadline.cancel()
      this.#open.delete(deadline)
      if (this.#open.size === 0) this.#onNone()
    }
  }

  /** Resolves when every submit so far has been decided. */
  settled(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onNone = resolve
    })
  }

  /** Decides all of them now: none becomes a job. */
  end(error: Error): void {
    for (const deadline of this.#open) deadline.end(error)
  }

  #holdWhile(step: Promise<unknown>, principal: string): void {
    const { active } = this.#parts
    active.add(principal)
    const done = () => active.subtract(principal)
    step.then(done, done)
  }
}
