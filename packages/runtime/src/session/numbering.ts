/** A stretch of a session's numbers that went to one job's consecutive events. */
export interface Run<Owner> {
  readonly owner: Owner
  readonly firstEventSeq: number
  readonly firstSeq: number
  readonly count: number
}

/** Stretches kept for a client that resumes without cursors; older ones are forgotten. */
const MAX_RUNS = 4096

/**
 * A session's own numbers: each event it is sent gets the next one, and what the client has taken in, told as one
 * number, is found again as a number of each job. `docs/protocol.md` §5.
 */
export class Numbering<Owner> {
  #lastEventSeq = 0
  #takenEventSeq = 0
  #runs: { owner: Owner; firstEventSeq: number; firstSeq: number; count: number }[] = []

  /** The number given last; 0 before the first. */
  get lastEventSeq(): number {
    return this.#lastEventSeq
  }

  /** The number of the event that is `seq` in the log of `owner`. */
  next(owner: Owner, seq: number): number {
    const eventSeq = ++this.#lastEventSeq
    const run = this.#runs.at(-1)
    if (run && run.owner === owner && run.firstSeq + run.count === seq) run.count++
    else this.#push({ owner, firstEventSeq: eventSeq, firstSeq: seq, count: 1 })
    return eventSeq
  }

  /** Everything up to `eventSeq` is taken in: calls `taken` with how far that reaches in each log concerned. */
  acknowledge(eventSeq: number, taken: (owner: Owner, seq: number) => void): void {
    const from = this.#takenEventSeq
    if (eventSeq <= from) return
    this.#takenEventSeq = eventSeq
    let index = this.#runs.length
    while (index > 0 && endOf(this.#runs[index - 1]) > from) index--
    for (; index < this.#runs.length; index++) {
      const run = this.#runs[index]
      if (!run || run.firstEventSeq > eventSeq) break
      taken(run.owner, run.firstSeq + Math.min(eventSeq - run.firstEventSeq + 1, run.count) - 1)
    }
  }

  /** The stretches after `eventSeq`; `undefined` when they are no longer all known. */
  runsAfter(eventSeq: number): Run<Owner>[] | undefined {
    if (eventSeq === this.#lastEventSeq) return []
    const first = this.#runs[0]
    if (!first || first.firstEventSeq > eventSeq + 1) return undefined
    const runs: Run<Owner>[] = []
    for (const run of this.#runs) {
      const skipped = Math.max(eventSeq + 1 - run.firstEventSeq, 0)
      if (skipped >= run.count) continue
      const { owner, firstEventSeq, firstSeq, count } = run
      runs.push({
        owner,
        firstEventSeq: firstEventSeq + skipped,
        firstSeq: firstSeq + skipped,
        count: count - skipped,
      })
    }
    return runs
  }

  /** Numbers go on after `eventSeq`, whatever they were before: the client has said where each job goes on. */
  restart(eventSeq: number): void {
    this.#lastEventSeq = eventSeq
    this.#takenEventSeq = eventSeq
    this.#runs = []
  }

  /** What was taken in beyond `eventSeq` was not: the client says so. */
  rewind(eventSeq: number): void {
    this.#takenEventSeq = Math.min(this.#takenEventSeq, eventSeq)
  }

  #push(run: { owner: Owner; firstEventSeq: number; firstSeq: number; count: number }): void {
    this.#runs.push(run)
    if (this.#runs.length >= MAX_RUNS * 2) this.#runs = this.#runs.slice(-MAX_RUNS)
  }
}

function endOf(run: Run<unknown> | undefined): number {
  return run ? run.firstEventSeq + run.count - 1 : 0
}
