import type {
  JobAccepted,
  JobEvent,
  JobSubmit,
  JobSubscribed,
  SessionResume,
  SessionWelcome,
} from '@arcp/protocol'
import { eventsLost } from '../failures'
import type { ClientLimits } from '../limits'
import type { Requests } from '../requests/requests'
import { Following, type Terms } from './following'
import { JobHandle, type JobHandleParts } from './job-handle'
import { UnclaimedEvents } from './unclaimed-events'

/** What {@link Jobs} needs. */
export interface JobsParts extends Pick<JobHandleParts, 'cancel' | 'logger'> {
  readonly limits: ClientLimits
  readonly requests: Pick<Requests, 'ask' | 'inTurn'>
  /** Called when what stood in the way of acknowledging may be gone. */
  readonly eased: () => void
}

/** The jobs of a session that have not ended, by id; several handles may follow one job. */
export class Jobs {
  readonly #parts: JobsParts
  readonly #handleLimits: JobHandleParts['limits']
  readonly #followed = new Map<string, Following>()
  readonly #unclaimed: UnclaimedEvents
  #terms: Terms = { canHold: true, most: 2 }

  constructor(parts: JobsParts) {
    this.#parts = parts
    this.#handleLimits = { ...parts.limits, budget: { used: 0, limit: parts.limits.resultBytesInAll } }
    this.#unclaimed = new UnclaimedEvents(parts.limits)
  }

  /** Whether a handle is full whose job cannot be held: the runtime is to run out of credit then. */
  get choked(): boolean {
    if (this.#terms.canHold) return false
    return [...this.followed()].some(({ handles }) => handles.some(({ full }) => full))
  }

  /** A session stands. At most a window of events is under way when the runtime is asked to hold a job. */
  welcomed(welcome: SessionWelcome): void {
    const { events = 0, bytes = 0 } = welcome.ack_window ?? {}
    const most =
      1 + Math.max(1, events / this.#handleLimits.unreadEvents, bytes / this.#handleLimits.unreadBytes)
    this.#terms = { canHold: welcome.capabilities.features.includes('subscribe'), most }
  }

  /** A handle for a job that has just been accepted, with the events that came before the answer. */
  add<Result>(accepted: JobAccepted, { resume_token, after_seq }: JobSubmit = {}): JobHandle<Result> {
    const nextSeq = accepted.resumed ? undefined : accepted.first_seq
    // Taken up by its token, a job goes on somewhere behind its start.
    const place = resume_token === undefined ? 0 : (after_seq ?? Infinity)
    return this.#follow({ facts: accepted, nextSeq, afterSeq: after_seq }, place)
  }

  /**
   * A handle for a job that is followed from now on, or from `afterSeq` on; the runtime sends what comes after `place`.
   */
  watch<Result>(
    subscribed: JobSubscribed,
    afterSeq = subscribed.last_seq,
    place = subscribed.last_seq,
  ): JobHandle<Result> {
    return this.#follow({ facts: subscribed, afterSeq }, place)
  }

  /**
   * After which number to ask for a job's events. Where handles cannot ask again for what passes them over, one that
   * takes them already and stands before what is asked for decides: a session has one place in a job.
   */
  sharedStart(jobId: string, afterSeq: number | undefined): number | undefined {
    const job = this.#terms.canHold ? undefined : this.#followed.get(jobId)
    const start = job?.full ? undefined : job?.from.after_seq
    return start === undefined ? afterSeq : Math.min(start, afterSeq ?? start)
  }

  /** How far each job has been taken in, for a runtime to go on from. */
  cursors(): NonNullable<SessionResume['cursors']> {
    const cursors: NonNullable<SessionResume['cursors']> = {}
    for (const job of this.followed()) {
      const { after_seq: seq, log_epoch } = job.from
      if (log_epoch !== undefined) cursors[job.id] = { seq, log_epoch }
    }
    return cursors
  }

  /** Every job that has not ended. */
  followed(): Iterable<Following> {
    return this.#followed.values()
  }

  /** The connection broke: events of jobs nobody knows yet will come again. */
  interrupted(): void {
    this.#unclaimed.clear()
    for (const { handles } of this.followed()) for (const handle of handles) handle.interrupted()
  }

  /** The runtime sends no more of a job, and says why. */
  dropped(jobId: string, { reason, first_seq }: Readonly<Record<string, unknown>>): void {
    this.#followed.get(jobId)?.lose(eventsLost(reason, first_seq))
  }

  /** Passes an event to whom it belongs. `size` is what it counts for, in bytes. */
  deliver(jobId: string, event: JobEvent, size: number): void {
    const job = this.#followed.get(jobId)
    if (job) job.deliver(event, size, this.#terms)
    // A submit that waits for its answer may be the one they belong to.
    else if (this.#parts.requests.inTurn > 0) this.#unclaimed.hold({ jobId, event, size })
    else this.#unclaimed.clear()
  }

  /** Ends every handle with `error`. */
  loseAll(error: unknown): void {
    for (const { handles } of this.followed()) for (const handle of handles) handle.lose(error)
  }

  /** A handle for a job that goes on after `place`, wherever those stand who follow it already. */
  #follow<Result>(
    from: Pick<JobHandleParts, 'facts' | 'nextSeq' | 'afterSeq'>,
    place: number,
  ): JobHandle<Result> {
    const id = from.facts.job_id
    const job = this.#followed.get(id) ?? new Following(id, this.#parts.requests)
    const eased = (handle: JobHandle) => {
      handle.lagging = this.#terms.canHold
      if (handle.lagging) job.catchUp()
      else this.#parts.eased()
    }
    const handle = new JobHandle<Result>({ ...this.#parts, ...from, limits: this.#handleLimits, eased })
    this.#followed.set(id, job)
    const others = job.handles
    job.add(handle)
    handle.whenEnded(() => {
      job.handles = job.handles.filter((other) => other !== handle)
      if (job.handles.length === 0) this.#followed.delete(id)
    })
    for (const { event, size } of this.#unclaimed.claim(id)) handle.take(event, size)
    if (this.#terms.canHold) job.movedTo(place, from.facts.first_seq, others)
    return handle
  }
}
