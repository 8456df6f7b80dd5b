/** A job whose events the session is sent. */
export interface FollowedJob {
  readonly id: string
  /** Whether this session submitted it. */
  readonly own: boolean
  /** What its answer told of it, for whoever asks to follow it once more. */
  readonly facts: Readonly<Record<string, unknown>>
  /** How many of its events have come: the number of the last. */
  seq: number
  /** The client's number of the frame that brought its first event; 0 before. */
  firstNumber: number
  /** Whether frames about it have named its trace. */
  traced: boolean
  /** How the first chunk of its result was encoded. */
  encoding?: 'base64' | 'utf8'
  /** Whether the translator has asked for it from its beginning, and waits for the answer. */
  isAwaited?: boolean
  /** Why the client wants it to end. */
  cancelReason?: unknown
}

/** The jobs of one session that have not ended, by id. */
export class FollowedJobs {
  readonly #limit: number
  readonly #jobs = new Map<string, FollowedJob>()

  /** @param limit How many there may be. */
  constructor(limit: number) {
    this.#limit = limit
  }

  get(id: string | undefined): FollowedJob | undefined {
    return id === undefined ? undefined : this.#jobs.get(id)
  }

  all(): FollowedJob[] {
    return [...this.#jobs.values()]
  }

  /** Counts the events of a job from 1. @returns the job that had to make room for it, if any */
  add(job: Pick<FollowedJob, 'id' | 'own' | 'facts' | 'traced' | 'isAwaited'>): FollowedJob | undefined {
    this.#jobs.delete(job.id)
    const oldest = this.#jobs.size >= this.#limit ? this.#jobs.values().next().value : undefined
    if (oldest) this.#jobs.delete(oldest.id)
    this.#jobs.set(job.id, { ...job, seq: 0, firstNumber: 0 })
    return oldest
  }

  /** Puts a job back to where it stood before an event, the last one included. */
  restore(job: FollowedJob, seq: number): void {
    job.seq = seq
    this.#jobs.set(job.id, job)
  }

  delete(id: string): void {
    this.#jobs.delete(id)
  }
}
