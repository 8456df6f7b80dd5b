import type { Clock, Timer } from '@arcp/protocol'
import { longTimer } from '../long-timer'

/** What {@link Patience} needs. */
export interface PatienceParts {
  readonly clock: Clock
  /** How long it lasts, in milliseconds. */
  readonly ms: number
  readonly onOver: () => void
}

/** A wait for a client to take something: one timer, and none while nobody waits. */
export class Patience {
  readonly #parts: PatienceParts
  #timer: Timer | undefined

  constructor(parts: PatienceParts) {
    this.#parts = parts
  }

  /** From now on the client is waited for; it is already, if this is said again. */
  begin(): void {
    this.#timer ??= longTimer(this.#parts.clock, this.#parts.ms, () => {
      this.#timer = undefined
      this.#parts.onOver()
    })
  }

  /** The client has taken something. */
  end(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
