import type { Job } from './job'

/** A place in a listing. Ids tell apart what was created in the same millisecond. */
export interface ListPlace {
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly jobId: string
}

/** A place, and the job that stands there as long as there is one. */
interface Entry extends ListPlace {
  job: Job | undefined
}

/** Empty places that are never worth an effort. */
const FEW = 32

/**
 * Jobs by their creation, to be read newest first from any place on, whether its job is still there or not. What is
 * removed leaves an empty place; when these are more than the others, all go together, so that none costs much.
 */
export class JobIndex {
  /** Oldest first, for what is new comes at the end. */
  #entries: Entry[] = []
  #empty = 0

  get size(): number {
    return this.#entries.length - this.#empty
  }

  add(job: Job): void {
    const { createdAt, id: jobId } = job.facts
    const entry = { createdAt, jobId, job }
    const at = this.#countBefore(entry)
    if (at === this.#entries.length) this.#entries.push(entry)
    else this.#entries.splice(at, 0, entry)
  }

  remove(job: Job): void {
    const entry = this.#entries[this.#countBefore(placeOf(job))]
    if (entry?.job !== job) return
    entry.job = undefined
    this.#empty++
    if (this.#empty <= Math.max(FEW, this.size)) return
    this.#entries = this.#entries.filter((kept) => kept.job)
    this.#empty = 0
  }

  /** The jobs that come after a place in a listing, or all of them. */
  *after(place: ListPlace | undefined): Iterable<Job> {
    let at = place ? this.#countBefore(place) : this.#entries.length
    while (at > 0) {
      const { job } = this.#entries[--at] as Entry
      if (job) yield job
    }
  }

  /** How many entries are older than a place. */
  #countBefore(place: ListPlace): number {
    const newest = this.#entries.at(-1)
    if (!newest || isOlder(newest, place)) return this.#entries.length
    let low = 0
    let high = this.#entries.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isOlder(this.#entries[middle] as Entry, place)) low = middle + 1
      else high = middle
    }
    return low
  }
}

export function placeOf({ facts }: Job): ListPlace {
  return { createdAt: facts.createdAt, jobId: facts.id }
}

function isOlder(a: ListPlace, b: ListPlace): boolean {
  return a.createdAt === b.createdAt ? a.jobId < b.jobId : a.createdAt < b.createdAt
}
