import type { Job } from './job'

/** A place in a listing. Ids tell apart what was created in the same millisecond. */
export interface ListPlace {
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly jobId: string
}

/** Jobs by their creation, to be read newest first from any place on, whether its job is still there or not. */
export class JobIndex {
  /** Oldest first, for what is new comes at the end. */
  readonly #jobs: Job[] = []

  get size(): number {
    return this.#jobs.length
  }

  add(job: Job): void {
    this.#jobs.splice(this.#countBefore(placeOf(job)), 0, job)
  }

  remove(job: Job): void {
    const at = this.#countBefore(placeOf(job))
    if (this.#jobs[at] === job) this.#jobs.splice(at, 1)
  }

  /** The jobs that come after a place in a listing, or all of them. */
  *after(place: ListPlace | undefined): Iterable<Job> {
    let at = place ? this.#countBefore(place) : this.#jobs.length
    while (at > 0) yield this.#jobs[--at] as Job
  }

  /** How many jobs are older than a place. */
  #countBefore(place: ListPlace): number {
    const newest = this.#jobs.at(-1)
    if (!newest || isOlder(placeOf(newest), place)) return this.#jobs.length
    let low = 0
    let high = this.#jobs.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isOlder(placeOf(this.#jobs[middle] as Job), place)) low = middle + 1
      else high = middle
    }
    return low
  }
}

export function placeOf({ facts }: Job): ListPlace {
  return { createdAt: facts.createdAt, jobId: facts.id }
}

export function isOlder(a: ListPlace, b: ListPlace): boolean {
  return a.createdAt === b.createdAt ? a.jobId < b.jobId : a.createdAt < b.createdAt
}
