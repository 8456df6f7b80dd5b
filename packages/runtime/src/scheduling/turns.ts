import type { Clock } from '@arcp/protocol'
import { limitReached } from '../limit-reached'

/** Bounds of {@link Turns}. */
export interface TurnsLimits {
  /** What a refusal gives as its reason. */
  readonly reason: string
  /** What may wait of one that asks. */
  readonly waiting: number
}

/**
 * Work that takes long enough to be noticed by others: one piece in a macrotask, at once where none was done in this one
 * yet. Those who ask take turns, and each gets what it asked for in its order.
 */
export class Turns<Asker extends object> {
  readonly #clock: Clock
  readonly #limits: TurnsLimits
  readonly #waiting = new Map<Asker, (() => void)[]>()
  #busy = false

  constructor(clock: Clock, limits: TurnsLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /**
   * Calls `work` when it is its turn.
   *
   * @throws INTERNAL_ERROR when too much of this one waits; what `work` throws where it is called at once
   */
  take(asker: Asker, work: () => void): void {
    if (!this.#busy) {
      this.#rest()
      work()
      return
    }
    const { reason, waiting: limit } = this.#limits
    const own = this.#waiting.get(asker) ?? []
    if (own.length >= limit) throw limitReached(reason, limit)
    own.push(work)
    this.#waiting.set(asker, own)
  }

  /** Nothing more in this macrotask. */
  #rest(): void {
    this.#busy = true
    this.#clock.defer(() => this.#next())
  }

  #next(): void {
    const [first] = this.#waiting
    if (!first) {
      this.#busy = false
      return
    }
    const [asker, own] = first
    const work = own.shift()
    this.#waiting.delete(asker)
    if (own.length > 0) this.#waiting.set(asker, own)
    this.#rest()
    work?.()
  }
}
