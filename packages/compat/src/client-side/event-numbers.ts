import type { FollowedJob } from './followed-jobs'

/** A job as it stood before an event of it. */
export interface Before {
  readonly job: FollowedJob
  readonly seq: number
}

/** A frame the client was handed. */
interface Handed {
  /** The runtime's highest number then. */
  readonly theirs: number
  readonly before: Before | undefined
}

/**
 * The numbers of one session's frames, as the client counts them and as the runtime does. They differ where frames of
 * the runtime mean nothing to the client, and where it numbers in another way.
 */
export class EventNumbers {
  /** The client's number up to which it has acknowledged. */
  acknowledged = 0
  /** The client's number of the last frame it was handed. */
  #ours = 0
  /** The runtime's highest number. */
  #theirs = 0
  /** The runtime's number that it knows to be acknowledged. */
  #told = 0
  /** How many numbers are missing before the frame at hand, and the runtime's number before them. */
  #missing = 0
  #beforeMissing = 0
  /** The runtime's number that the session was last resumed after. */
  #resumedAfter: number | undefined
  readonly #limit: number
  /** What is not acknowledged, by the client's number. */
  readonly #handed = new Map<number, Handed>()

  /** @param limit How many frames that are not acknowledged are remembered; the oldest are forgotten beyond it. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * A frame of this number of the runtime has come. What is missing before it the client is to notice, and to resume for;
   * not where the session has been resumed from just there: the runtime has no more of it.
   *
   * @returns `false` for one that was here before
   */
  arrived(theirs: number): boolean {
    const skipped = theirs - this.#theirs - 1
    if (skipped < 0) return false
    if (skipped > 0 && this.#resumedAfter !== this.#theirs) {
      if (this.#missing === 0) this.#beforeMissing = this.#theirs
      this.#missing += skipped
    }
    this.#theirs = theirs
    return true
  }

  /** The client's number for the frame at hand. */
  next(before?: Before): number {
    this.#ours += 1 + this.#missing
    this.#missing = 0
    this.#handed.set(this.#ours, { theirs: this.#theirs, before })
    if (this.#handed.size > this.#limit) this.#forgetOldest()
    return this.#ours
  }

  /** The client has done with every frame up to this number of its. @returns the runtime's, if that is news to it */
  acknowledge(ours: number): number | undefined {
    const handed = this.#handed.get(ours)
    if (!handed) return undefined
    for (const number of this.#handed.keys()) {
      if (number > ours) break
      this.#handed.delete(number)
    }
    this.acknowledged = ours
    if (handed.theirs <= this.#told) return undefined
    this.#told = handed.theirs
    return handed.theirs
  }

  /**
   * The session goes on after this number of the client: what it was handed beyond it is undone, so that it is numbered
   * the same when it comes again.
   *
   * @returns the runtime's number, `undefined` where it is forgotten, and the jobs as they stand again
   */
  resume(ours: number): { readonly theirs: number; readonly undone: readonly Before[] } | undefined {
    const theirs = this.#theirsAt(ours)
    if (theirs === undefined) return undefined
    const undone: Before[] = []
    for (const [number, { before }] of [...this.#handed].reverse()) {
      if (number <= ours) break
      this.#handed.delete(number)
      if (before) undone.push(before)
    }
    this.#missing = 0
    this.#ours = ours
    this.#theirs = theirs
    this.#resumedAfter = theirs
    return { theirs, undone }
  }

  #theirsAt(ours: number): number | undefined {
    if (ours === this.#ours) return this.#missing > 0 ? this.#beforeMissing : this.#theirs
    return this.#handed.get(ours)?.theirs ?? (ours === this.acknowledged ? this.#told : undefined)
  }

  #forgetOldest(): void {
    const [oldest] = this.#handed.keys()
    this.#handed.delete(oldest as number)
  }
}
