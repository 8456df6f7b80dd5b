import {
  type JobAccepted,
  type JobEvent,
  type JobState,
  type JobSubscribed,
  ResumeWindowExpiredError,
  type SessionResume,
} from '@arcp/protocol'
import type { ClientLimits } from '../limits'
import { ByteBudget } from '../results/byte-budget'
import { JobHandle, type JobHandleParts } from './job-handle'
import { UnclaimedEvents } from './unclaimed-events'

/** What {@link Jobs} needs. */
export interface JobsParts {
  readonly limits: ClientLimits
  /** Whether a submit waits for its answer, so that events of a job not known may belong to it. */
  readonly expecting: () => boolean
  readonly cancel: (jobId: string, reason: string | undefined) => Promise<JobState>
}

/** A job that has not ended, for whoever takes it up again. */
export interface FollowedJob {
  readonly jobId: string
  /** How far it has been taken in, and of which log. */
  readonly from: { readonly after_seq: number; readonly log_epoch: string | undefined }
  /** Only its owner has one. */
  readonly resumeToken: string | undefined
  /** It has been taken up, as its owner or without a token. */
  readonly answered: (answer: { readonly job_id: string; readonly resume_token?: string }) => void
  /** It cannot be had any more. */
  readonly refused: (error: unknown) => void
}

/** The jobs of a session that have not ended, by id; several handles may follow one job. */
export class Jobs {
  readonly #parts: JobsParts
  readonly #handleLimits: JobHandleParts['limits']
  readonly #handles = new Map<string, Set<JobHandle>>()
  readonly #unclaimed: UnclaimedEvents

  constructor(parts: JobsParts) {
    this.#parts = parts
    this.#handleLimits = { ...parts.limits, budget: new ByteBudget(parts.limits.resultBytesInAll) }
    this.#unclaimed = new UnclaimedEvents(parts.limits)
  }

  /** How many jobs are followed. */
  get size(): number {
    return this.#handles.size
  }

  /** A handle for a job that has just been accepted, with the events that came before the answer. */
  add<Result>(accepted: JobAccepted, afterSeq?: number): JobHandle<Result> {
    const nextSeq = accepted.resumed ? undefined : accepted.first_seq
    return this.#follow({ facts: accepted, nextSeq, afterSeq })
  }

  /** A handle for a job that is followed from now on, or from `afterSeq` on. */
  watch<Result>(subscribed: JobSubscribed, afterSeq = subscribed.last_seq): JobHandle<Result> {
    return this.#follow({ facts: subscribed, afterSeq })
  }

  /**
   * After which number to ask for a job's events: a session has one place in it, so a handle that is followed already
   * and stands before what is asked for decides.
   */
  sharedStart(jobId: string, afterSeq: number | undefined): number | undefined {
    const [first, ...rest] = [...(this.#handles.get(jobId) ?? [])].map((handle) => handle.lastSeq)
    return first === undefined ? afterSeq : Math.min(first, ...rest, afterSeq ?? first)
  }

  /** How far each job has been taken in, for a runtime to go on from. */
  cursors(): NonNullable<SessionResume['cursors']> {
    const cursors: NonNullable<SessionResume['cursors']> = {}
    for (const { jobId, from } of this.followed()) {
      const { after_seq: seq, log_epoch } = from
      if (log_epoch !== undefined) cursors[jobId] = { seq, log_epoch }
    }
    return cursors
  }

  /** Every job that has not ended, and what takes it up again. */
  *followed(): Iterable<FollowedJob> {
    for (const [jobId, following] of this.#handles) {
      const handles = [...following]
      yield {
        jobId,
        from: {
          after_seq: Math.min(...handles.map((handle) => handle.lastSeq)),
          log_epoch: handles[0]?.logEpoch,
        },
        resumeToken: handles.map((handle) => handle.resumeToken).find(Boolean),
        answered: ({ resume_token }) => {
          for (const handle of handles) handle.owns(resume_token)
        },
        refused: (error) => this.#lose(jobId, error),
      }
    }
  }

  /** The connection broke: events of jobs nobody knows yet will come again. */
  interrupted(): void {
    this.#unclaimed.clear()
  }

  /** The runtime sends no more of a job, and says why. */
  dropped(jobId: string, { reason, first_seq }: Readonly<Record<string, unknown>>): void {
    const details = { reason, first_seq }
    this.#lose(jobId, new ResumeWindowExpiredError(`no more events: ${reason}`, { details }))
  }

  #follow<Result>(from: Pick<JobHandleParts, 'facts' | 'nextSeq' | 'afterSeq'>): JobHandle<Result> {
    const { cancel } = this.#parts
    const handle = new JobHandle<Result>({ ...from, limits: this.#handleLimits, cancel })
    const handles = this.#handles.get(handle.id) ?? new Set()
    this.#handles.set(handle.id, handles.add(handle))
    handle.whenEnded(() => {
      handles.delete(handle)
      if (handles.size === 0) this.#handles.delete(handle.id)
    })
    for (const { event, size } of this.#unclaimed.claim(handle.id)) handle.take(event, size)
    return handle
  }

  /** Passes an event to whom it belongs. `size` is what it counts for, in bytes. */
  deliver(jobId: string, event: JobEvent, size: number): void {
    const handles = this.#handles.get(jobId)
    if (handles) for (const handle of handles) handle.take(event, size)
    else if (this.#parts.expecting()) this.#unclaimed.hold(jobId, event, size)
    else this.#unclaimed.clear()
  }

  /** Ends every handle with `error`. */
  loseAll(error: unknown): void {
    this.#unclaimed.clear()
    for (const jobId of this.#handles.keys()) this.#lose(jobId, error)
  }

  #lose(jobId: string, error: unknown): void {
    for (const handle of this.#handles.get(jobId) ?? []) handle.lose(error)
  }
}
