/** A stretch of a session's numbers that went to one job's consecutive events. */
export interface Run<Owner> {
  readonly owner: Owner
  readonly firstEventSeq: number
  readonly firstSeq: number
  readonly count: number
}

interface GrowingRun<Owner> extends Run<Owner> {
  count: number
}

/** Stretches that were taken in are forgotten when they are so many more than are kept. */
const SLACK = 64

/**
 * A session's own numbers: each event it is sent gets the next one, and what the client has taken in, told as one
 * number, is found again as a number of each job. `docs/protocol.md` §5.
 */
export class Numbering<Owner> {
  readonly #kept: number
  #lastEventSeq = 0
  #takenEventSeq = 0
  #runs: GrowingRun<Owner>[] = []
  /** The first stretch that has not been taken in to its end. */
  #open = 0

  /** @param kept Stretches kept after they were taken in, for a client that resumes without cursors from before that. */
  constructor(kept: number) {
    this.#kept = kept
  }

  /** The number given last; 0 before the first. */
  get lastEventSeq(): number {
    return this.#lastEventSeq
  }

  /** How many stretches are known. */
  get runCount(): number {
    return this.#runs.length
  }

  /** The number of the event that is `seq` in the log of `owner`. */
  next(owner: Owner, seq: number): number {
    const eventSeq = ++this.#lastEventSeq
    const run = this.#runs.at(-1)
    if (run && run.owner === owner && run.firstSeq + run.count === seq) {
      run.count++
      this.#open = Math.min(this.#open, this.#runs.length - 1)
    } else this.#runs.push({ owner, firstEventSeq: eventSeq, firstSeq: seq, count: 1 })
    return eventSeq
  }

  /** Everything up to `eventSeq` is taken in: calls `taken` with how far that reaches in each log concerned. */
  acknowledge(eventSeq: number, taken: (owner: Owner, seq: number) => void): void {
    if (eventSeq <= this.#takenEventSeq) return
    this.#takenEventSeq = eventSeq
    for (let run = this.#runs[this.#open]; run; run = this.#runs[this.#open]) {
      const count = Math.min(eventSeq - run.firstEventSeq + 1, run.count)
      if (count > 0) taken(run.owner, run.firstSeq + count - 1)
      if (count < run.count) break
      this.#open++
    }
    this.#forget()
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
    this.#open = 0
  }

  /** What is taken in ends with `eventSeq`, whatever was said before. */
  moveTo(eventSeq: number): void {
    this.#takenEventSeq = eventSeq
    this.#open = this.#runs.findIndex((run) => run.firstEventSeq + run.count - 1 > eventSeq)
    if (this.#open < 0) this.#open = this.#runs.length
  }

  #forget(): void {
    const spare = this.#open - this.#kept
    if (spare < SLACK && spare < this.#runs.length) return
    this.#runs = this.#runs.slice(spare)
    this.#open -= spare
  }
}
