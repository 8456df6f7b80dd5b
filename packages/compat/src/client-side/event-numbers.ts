/**
 * The numbers of one session's frames, as the client counts them and as the runtime does. They differ where frames of
 * the runtime mean nothing to the client, and where it numbers in another way.
 */
export class EventNumbers {
  /** The client's number of the last frame it was handed. */
  ours = 0
  /** The client's number up to which it has acknowledged. */
  acknowledged = 0
  /** The runtime's highest number. */
  #theirs = 0
  /** How many numbers are missing before the frame at hand. */
  #missing = 0
  /** The runtime's number that the session was last resumed after. */
  #resumedAfter: number | undefined
  readonly #limit: number
  /** The runtime's numbers by the client's, of what is not acknowledged. */
  readonly #unacknowledged = new Map<number, number>()

  /** @param limit How many that are not acknowledged are remembered; the oldest go beyond it. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * A frame of this number of the runtime has come. What is missing before it the client is to notice, and to resume for;
   * not where the session has been resumed from just there: the runtime has no more of it.
   */
  arrived(theirs: number): void {
    const skipped = theirs - this.#theirs - 1
    if (skipped < 0) return
    if (this.#resumedAfter !== this.#theirs) this.#missing += skipped
    this.#theirs = theirs
  }

  /** The client's number for the frame at hand. */
  next(): number {
    this.ours += 1 + this.#missing
    this.#missing = 0
    this.#unacknowledged.set(this.ours, this.#theirs)
    if (this.#unacknowledged.size > this.#limit) {
      const [oldest] = this.#unacknowledged.keys()
      this.#unacknowledged.delete(oldest as number)
    }
    return this.ours
  }

  /** The client has done with every frame up to this number of its. @returns the runtime's, if there is news for it */
  acknowledge(ours: number): number | undefined {
    if (ours <= this.acknowledged) return undefined
    const before = this.#unacknowledged.get(this.acknowledged) ?? 0
    const theirs = this.#unacknowledged.get(ours)
    if (theirs === undefined) return undefined
    for (const number of this.#unacknowledged.keys()) {
      if (number >= ours) break
      this.#unacknowledged.delete(number)
    }
    this.acknowledged = ours
    return theirs > before ? theirs : undefined
  }

  /** The session goes on after this number of the client. @returns the runtime's, `undefined` where it is forgotten */
  resume(ours: number): number | undefined {
    const theirs = ours === this.ours ? this.#theirs : this.#unacknowledged.get(ours)
    if (theirs === undefined) return undefined
    this.#missing = 0
    this.ours = ours
    this.#theirs = theirs
    this.#resumedAfter = theirs
    return theirs
  }
}
