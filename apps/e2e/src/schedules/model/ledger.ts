import type { Clock } from '@arcp/protocol'
import type { Coverage } from './coverage'
import type { Window } from './credit-model'
import type { LogBounds } from './held-model'
import type { JobModel } from './job-model'
import { type QueueBounds, QueueModel } from './queue-model'
import type { Numbered, Place, SessionModel } from './session-model'

/** Limits of the runtime under test that the model counts with. */
export interface ModelLimits extends LogBounds, QueueBounds {
  readonly resumeWindowMs: number
  /** How long a session that was never heard after its first welcome is kept. */
  readonly unheardMs: number
  readonly heartbeatMs: number
  /** How long events may wait for a link that carries nothing. */
  readonly slowConsumerMs: number
  /** How far a session is ahead of its client's acknowledgements at most, if those are agreed. */
  readonly window: Window
  /** How long an ended job is kept; and one with a key at least, from when it began. */
  readonly endedJobMs: number
  readonly idempotencyKeyMs: number
}

/** How long a submit may wait until it is accepted. */
const ADMISSION_MS = 10_000

/** Everything the model knows, and everything it objects to. */
export class Ledger {
  readonly jobs = new Map<string, JobModel>()
  readonly sessions = new Map<string, SessionModel>()
  /** When each submit was heard first, by (session, id of the submit). */
  readonly heardAt = new Map<string, number>()
  /** Jobs by (principal, key). */
  readonly keys = new Map<string, JobModel>()
  /** Jobs by (session, id of the submit). */
  readonly submits = new Map<string, JobModel>()
  /** What was heard of submits with a key, by (session, id of the submit). */
  readonly keyed = new Map<string, { readonly key: string; readonly variant: unknown }>()
  /** Admissions the store refused, by (session, id of the submit). */
  readonly refusedAdmissions = new Set<string>()
  /** Every session token ever issued. */
  readonly sessionTokens = new Set<string>()
  readonly complaints: string[] = []
  /** Which jobs run, and which wait. */
  readonly queue: QueueModel
  /** Every frame, every write and what happened inside, in order. */
  readonly transcript: string[] = []
  logEpoch: string | undefined
  /** How often everything has come to rest. */
  rests = 0
  /** Whether the runtime has been told to close. */
  closing = false
  /** Whether the store has failed, hung or been late at any time. */
  storeHasFailed = false

  constructor(
    readonly clock: Clock,
    readonly limits: ModelLimits,
    readonly coverage: Coverage,
  ) {
    this.queue = new QueueModel(limits)
  }

  /** Adds a line to what is told of a schedule that fails. */
  note(line: string): void {
    this.transcript.push(`${String(this.clock.monotonic()).padStart(7)} ${line}`)
  }

  complain(text: string): void {
    this.complaints.push(text)
  }

  /** Notes `complaint`, if there is one. */
  check(complaint: string | undefined, context = ''): void {
    if (complaint !== undefined) this.complain(`${context}${complaint}`)
  }

  /** Jobs whose record is written and who have told of themselves: before, nobody can have heard of them. */
  heardOf(): JobModel[] {
    return [...this.jobs.values()].filter(({ lastSeq }) => lastSeq > 0)
  }

  /** The job, if this principal may know of it. */
  jobInScope(jobId: unknown, principal: string): JobModel | undefined {
    const job = typeof jobId === 'string' ? this.jobs.get(jobId) : undefined
    return job?.principal === principal && !job.forgotten ? job : undefined
  }

  /** Whether the event may have been let go. */
  mayBeGone({ jobId, seq }: Numbered): boolean {
    return seq <= (this.jobs.get(jobId)?.held.mayBeGone ?? 0)
  }

  /** A session follows a job from here on; if it owns it, the job waits for it. */
  follow(session: SessionModel, job: JobModel, place: Place): void {
    session.follow(job.id, place)
    // Where what comes next may be gone, it may not stand there.
    const stands = place.to >= job.held.mayBeGone
    if (stands && this.owns(session, job)) job.held.standsAt(place.to)
    else if (this.mayOwn(session, job)) job.held.ownerHas(place.to)
  }

  /** A session's client, or where it acknowledges nothing its transport, has everything up to this number. */
  taken(session: SessionModel, eventSeq: number): void {
    for (const { jobId, seq } of session.takenUpTo(eventSeq)) {
      const job = this.jobs.get(jobId)
      if (job && this.mayOwn(session, job)) job.held.ownerHas(seq)
    }
  }

  /** What a session was sent may be lost on the way: as long as it is away no more of it goes. */
  mayHaveLost(session: SessionModel): void {
    for (const jobId of session.following.keys()) {
      const job = this.jobs.get(jobId)
      if (job && this.owns(session, job)) job.held.standsAt(0)
    }
  }

  /** Whether the session owns the job beyond doubt. */
  owns(session: SessionModel, job: JobModel): boolean {
    return job.ownerKnown && job.owner === session.id && !this.isTakenUpNow(job)
  }

  /** Whether the session owns the job, or may by now. */
  mayOwn(session: SessionModel, job: JobModel): boolean {
    return job.owner === session.id || session.submits.some((submit) => submit.mayTake(job))
  }

  jobByToken(token: string): JobModel | undefined {
    for (const job of this.jobs.values()) if (job.token === token && !job.forgotten) return job
    return undefined
  }

  /** Whether a submit may have waited too long by now to be accepted; `since` when it began at the latest. */
  isLate(request: string, since = this.heardAt.get(request) ?? Number.POSITIVE_INFINITY): boolean {
    return this.clock.monotonic() - since >= ADMISSION_MS
  }

  /** A job has been written down when nobody waits for it any more. */
  createLate(job: JobModel): void {
    this.jobs.set(job.id, job)
    job.ownedBy(undefined)
  }

  /** A job's log holds nothing before this event any more; that of one that ended long ago only its end. */
  trimmed(job: JobModel, firstSeq: number): void {
    if (this.clock.monotonic() >= job.keptUntil) {
      this.coverage.saw('a job that is kept for its key')
      job.held.shorten()
    }
    this.check(job.held.holdsFrom(firstSeq))
  }

  /** A job is kept no longer; its key may make another one. */
  forgotten(job: JobModel): void {
    const kept = job.isKept(this.clock.monotonic())
    if (kept !== undefined && !this.closing)
      this.complain(`${job.id} is forgotten, though it is kept ${kept}`)
    this.coverage.saw('a job that is forgotten')
    job.forgotten = true
    job.held.forget()
    for (const [key, known] of this.keys) if (known === job) this.keys.delete(key)
  }

  /** A job was written down too late: its submit has been refused, and may make another one. */
  lost(job: JobModel): void {
    job.ownedBy(undefined)
    for (const made of [this.submits, this.keys]) {
      for (const [by, known] of made) if (known === job) made.delete(by)
    }
  }

  /** A job has been written down, for this submit. */
  create(job: JobModel, request: string): void {
    const keyed = this.keyed.get(request)
    if (this.submits.has(request)) this.complain(`${request} has made two jobs`)
    if (keyed && this.keys.has(keyed.key)) this.complain(`${job.id} is the second job of ${keyed.key}`)
    this.jobs.set(job.id, job)
    if (this.sessions.get(job.submitter)?.over) job.held.leftAlone()
    this.submits.set(request, job)
    if (!keyed) return
    this.keys.set(keyed.key, job)
    job.variant = keyed.variant
    job.keyUntil = this.clock.monotonic() + this.limits.idempotencyKeyMs
  }

  /** Whether a submit that would make someone the owner of `job` has been heard and not been answered. */
  isTakenUpNow(job: JobModel): boolean {
    for (const { submits } of this.sessions.values()) {
      for (const submit of submits) if (submit.mayTake(job)) return true
    }
    return false
  }
}

export function pair(left: string, right: unknown): string {
  return JSON.stringify([left, right])
}
