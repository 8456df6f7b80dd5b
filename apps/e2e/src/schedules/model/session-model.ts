import type { JobModel } from './job-model'

/** The end of a link that carries a session. */
export interface Carrier {
  /** Either side has ended it. */
  readonly over: boolean
}

/** A submit that waits for its answer. */
export interface WaitingSubmit {
  readonly id: string
  readonly heardOn: Carrier
  /** Whether it would make its session the owner of `job`. */
  mayTake(job: JobModel): boolean
}

/** The event that has been given a number. */
export interface Numbered {
  readonly jobId: string
  readonly seq: number
}

/** Where a session stands in a log: the next event is one after any number from `from` to `to`. */
export interface Place {
  readonly from: number
  readonly to: number
}

/** What a session has to be: its tokens, its numbers, the place it has in each log. */
export class SessionModel {
  /** Tokens that count. */
  confirmed: string | undefined
  pending: string | undefined
  /** What carries it; `undefined` while it is parked. */
  carrier: Carrier | undefined
  parkedAt = 0
  /** Whether a frame has arrived since the first welcome. */
  heard = false
  /** It cannot be resumed any more. */
  over = false
  /** The runtime has let go of it. */
  ended = false
  /** Submits heard and not answered, in the order they came. */
  submits: WaitingSubmit[] = []
  /** Ids of all submits heard, and of those told as accepted. */
  readonly heardSubmits = new Set<string>()
  readonly acceptedSubmits = new Set<string>()
  readonly #following = new Map<string, Place>()
  /** Of each job that is followed: what its client, or its transport, has at least. */
  readonly #has = new Map<string, { readonly sinceNumber: number; seq: number }>()
  #taken = 0
  #base = 0
  #numbered: Numbered[] = []

  constructor(
    readonly id: string,
    readonly principal: string,
    readonly heartbeat: boolean,
    /** Whether its client says what it has. */
    readonly acks: boolean,
  ) {}

  get lastNumber(): number {
    return this.#base + this.#numbered.length
  }

  /** The oldest number after which everything can be sent again. */
  get firstNumber(): number {
    return this.#base
  }

  /** Whether its time without a link is over. */
  isExpired(now: number, windowMs: number): boolean {
    return this.carrier === undefined && now - this.parkedAt >= windowMs
  }

  isProvenBy(token: string): boolean {
    return token === this.confirmed || token === this.pending
  }

  /** It has been proven by `token`; one that was pending is confirmed by that. */
  prove(token: string): void {
    if (token === this.pending) this.confirm()
  }

  confirm(): void {
    this.confirmed = this.pending ?? this.confirmed
    this.pending = undefined
  }

  /** The number everything up to which its client has said it has. */
  get taken(): number {
    return this.#taken
  }

  /** Its client, or its transport, has everything up to this number. @returns how far that newly reaches in each log */
  takenUpTo(eventSeq: number): Numbered[] {
    const newly = this.#numbered.slice(
      Math.max(this.#taken - this.#base, 0),
      Math.max(eventSeq - this.#base, 0),
    )
    for (const [index, { jobId, seq }] of newly.entries()) {
      const has = this.#has.get(jobId)
      if (has && Math.max(this.#taken, this.#base) + index + 1 > has.sinceNumber) has.seq = seq
    }
    this.#taken = Math.max(this.#taken, eventSeq)
    return newly
  }

  /** Its client says that it has everything up to `last`, which may be less than it said before. */
  resumeAfter(last: number): Numbered[] {
    const missing = new Map<string, number>()
    for (const { jobId, seq } of this.numberedAfter(last)) {
      missing.set(jobId, Math.min(seq, missing.get(jobId) ?? seq))
    }
    this.#taken = last
    return [...this.#following].map(([jobId, place]) => {
      const first = missing.get(jobId)
      const has = this.#has.get(jobId)
      if (has) has.seq = first === undefined ? place.from : first - 1
      return { jobId, seq: first === undefined ? place.to : first - 1 }
    })
  }

  /** What it has of a job it follows, at least. */
  has(jobId: string): number {
    return this.#has.get(jobId)?.seq ?? 0
  }

  /** Numbers go on after `last`, and nothing from before is known any more. */
  restart(last: number): void {
    this.#base = last
    this.#taken = last
    this.#numbered = []
    this.#following.clear()
  }

  get following(): ReadonlyMap<string, Place> {
    return this.#following
  }

  follow(jobId: string, place: Place): void {
    this.#following.set(jobId, place)
    this.#has.set(jobId, { sinceNumber: this.lastNumber, seq: place.from })
  }

  leave(jobId: string): void {
    this.#following.delete(jobId)
    this.#has.delete(jobId)
  }

  /** An event of a job has been given this number. */
  number(eventSeq: number, job: JobModel, seq: number, isLast: boolean): string | undefined {
    const again = this.#numbered[eventSeq - this.#base - 1]
    if (again) {
      const same = again.jobId === job.id && again.seq === seq
      return same ? undefined : `number ${eventSeq} was ${again.jobId}/${again.seq} before`
    }
    if (eventSeq !== this.lastNumber + 1) return `number ${eventSeq} comes after ${this.lastNumber}`
    this.#numbered.push({ jobId: job.id, seq })
    const place = this.#following.get(job.id)
    if (isLast) this.#following.delete(job.id)
    else this.#following.set(job.id, { from: seq, to: seq })
    if (!place) return `event ${seq} of ${job.id} comes to a session that does not follow it`
    const isNext = place.from < seq && seq <= place.to + 1
    return isNext ? undefined : `event ${seq} of ${job.id} comes after ${place.from} to ${place.to}`
  }

  /** What was sent under numbers after this one. */
  numberedAfter(last: number): readonly Numbered[] {
    return this.#numbered.slice(last - this.#base)
  }
}
