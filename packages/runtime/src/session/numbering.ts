/** A stretch of a session's numbers that went to one job's consecutive events. */
interface Run<Owner> {
  readonly owner: Owner
  readonly firstEventSeq: number
  readonly firstSeq: number
  count: number
}

/**
 * A session's own numbers: each event it is sent gets the next one, and what the client has taken in, told as one
 * number, is found again as a number of each job. `docs/protocol.md` §5.
 */
export class Numbering<Owner> {
  #lastEventSeq = 0
  #runs: Run<Owner>[] = []

  /** The number given last; 0 before the first. */
  get lastEventSeq(): number {
    return this.#lastEventSeq
  }

  /** The number of the event that is `seq` in the log of `owner`. */
  next(owner: Owner, seq: number): number {
    const eventSeq = ++this.#lastEventSeq
    const run = this.#runs.at(-1)
    if (run && run.owner === owner && run.firstSeq + run.count === seq) run.count++
    else this.#runs.push({ owner, firstEventSeq: eventSeq, firstSeq: seq, count: 1 })
    return eventSeq
  }

  /** Forgets everything up to `eventSeq`, calling `taken` with how far that reaches in each log concerned. */
  acknowledge(eventSeq: number, taken: (owner: Owner, seq: number) => void): void {
    let done = 0
    for (const run of this.#runs) {
      const covered = Math.min(eventSeq - run.firstEventSeq + 1, run.count)
      if (covered <= 0) break
      taken(run.owner, run.firstSeq + covered - 1)
      if (covered < run.count) break
      done++
    }
    if (done > 0) this.#runs = this.#runs.slice(done)
  }
}
