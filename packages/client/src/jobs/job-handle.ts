import {
  CancelledError,
  type Credential,
  errorFromWire,
  isTerminalType,
  type JobAccepted,
  type JobCancelled,
  type JobEvent,
  type JobFailed,
  type JobState,
  type Lease,
  type LeaseConstraints,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import { misplaced, violation } from '../failures'
import { Listeners } from '../listeners'
import { isWireError } from '../replies'
import { JobResult, type ResultLimits } from '../results/job-result'
import { EventQueue, type QueueLimits } from './event-queue'
import type { Job } from './job'

/** What a {@link JobHandle} needs. */
export interface JobHandleParts {
  /** What the runtime answered. */
  readonly facts: JobFacts
  /** The number of the first event; where it is not known, any is the first, and what is asked for is {@link afterSeq}. */
  readonly nextSeq?: number
  readonly afterSeq?: number
  readonly limits: QueueLimits & ResultLimits
  readonly logger: Logger
  readonly cancel: (jobId: string, reason: string | undefined) => Promise<JobState>
  /** Called when a handle that was full has room again. */
  readonly eased: (handle: JobHandle) => void
}

/** What is told of a job by the answer that brings its handle about. */
export type JobFacts = Pick<JobAccepted, 'job_id' | 'agent' | 'lease' | 'trace_id'> &
  Partial<
    Pick<
      JobAccepted,
      | 'accepted_at'
      | 'budget'
      | 'credentials'
      | 'first_seq'
      | 'lease_constraints'
      | 'log_epoch'
      | 'resume_token'
    >
  >

/** A job as seen through its events. */
export class JobHandle<Result = unknown> implements Job<Result> {
  readonly id: string
  readonly agent: string
  readonly lease: Lease
  readonly leaseConstraints: LeaseConstraints | undefined
  readonly budget: Readonly<Record<string, string>> | undefined
  readonly traceId: string
  readonly acceptedAt: string | undefined
  readonly logEpoch: string | undefined
  /** Whether nothing more will come: the job has ended, or this client has lost it. */
  ended = false
  /** Why it did not end well, if so. */
  error: unknown
  /** Whether as much waits to be read as may; from then on until half of it is read. */
  full = false
  /** Whether events it has not had are asked for again, so that higher numbers meanwhile are no gap. */
  lagging = false
  readonly #parts: JobHandleParts
  readonly #events: EventQueue
  readonly #result: JobResult
  readonly #progress: Listeners<number>
  #nextSeq: number | undefined
  #resumeToken: string | undefined
  #credentials: readonly Credential[]
  #whenEnded: (() => void)[] = []

  constructor(parts: JobHandleParts) {
    const { facts, limits, nextSeq } = parts
    this.id = facts.job_id
    this.agent = facts.agent
    this.lease = facts.lease
    this.leaseConstraints = facts.lease_constraints
    this.budget = facts.budget
    this.traceId = facts.trace_id
    this.acceptedAt = facts.accepted_at
    this.logEpoch = facts.log_epoch
    this.#parts = parts
    const eased = () => this.#eased()
    this.#events = new EventQueue(limits, eased)
    this.#result = new JobResult(limits, eased)
    this.#progress = new Listeners(parts.logger)
    this.#nextSeq = nextSeq
    this.#resumeToken = facts.resume_token ?? undefined
    this.#credentials = facts.credentials ?? []
  }

  get resumeToken(): string | undefined {
    return this.#resumeToken
  }

  get credentials(): readonly Credential[] {
    return this.#credentials
  }

  /** The number of the last event taken in, or of the one after which the first is to come. */
  get lastSeq(): number {
    return this.#nextSeq === undefined ? (this.#parts.afterSeq ?? 0) : this.#nextSeq - 1
  }

  /** How much of its limit waits to be read, 1 being all of it. */
  get load(): number {
    return Math.max(this.#events.load, this.#result.load)
  }

  events(): AsyncIterableIterator<JobEvent> {
    return this.#events.iterate()
  }

  result(): Promise<Result> {
    this.#events.decline()
    return this.#result.promise() as Promise<Result>
  }

  resultStream(): ReadableStream<Uint8Array> {
    const stream = this.#result.stream()
    this.#events.decline()
    return stream
  }

  onResultProgress(listener: (bytes: number) => void): () => void {
    return this.#progress.listen(listener)
  }

  cancel(reason?: string): Promise<JobState> {
    return this.#parts.cancel(this.id, reason)
  }

  /** Takes an event from the wire; one that was here before is passed over. `size` is what it counts for, in bytes. */
  take(event: JobEvent, size: number): void {
    const { seq } = event
    const isLast = isTerminalType(event.type)
    // Another handle of the job may stand further back; the end of a job that has ended comes whatever was asked for.
    const due = this.#nextSeq ?? (isLast ? seq : Math.max(seq, this.lastSeq + 1))
    // One that has had nothing yet takes whatever comes first: only what it has asked for, then.
    const tooEarly = this.lagging && this.#nextSeq === undefined
    if (this.ended || tooEarly || seq < due) return
    if (seq > due) {
      // What it has passed over it asks for when it has room again.
      if (this.full || this.lagging) return
      const message = `events of ${this.id} are missing: ${misplaced('seq', seq, due)}`
      this.lose(violation(message, 'events_missing'))
      return
    }
    this.#nextSeq = seq + 1
    this.lagging = false
    this.#events.push(event, size)
    switch (event.type) {
      case 'job.started':
        this.#resumeToken = event.resume_token ?? this.#resumeToken
        break
      case 'job.status':
        this.#credentials = event.credentials ?? this.#credentials
        break
      case 'job.result_chunk':
        this.#result.chunk(event)
        this.#progress.tell(this.#result.bytes)
        break
      case 'job.completed':
        this.#result.complete(event)
        break
      case 'job.failed':
        this.#fail(failureOf(event))
        break
      case 'job.cancelled':
        this.#fail(cancellationOf(event))
    }
    if (isLast) this.#end()
    else if (this.load >= 1) this.full = true
  }

  /** The connection broke: a handle that has had nothing yet begins with what the runtime still holds by then. */
  interrupted(): void {
    if (this.lastSeq === 0) this.#nextSeq = undefined
  }

  /** The job has been taken up again: with a token as its owner, without one only to watch. */
  owns(resumeToken: string | undefined): void {
    this.#resumeToken = resumeToken
  }

  /** Ends the handle without a terminal: whoever asked for events or the result gets `error`. */
  lose(error: unknown): void {
    if (this.ended) return
    this.#events.fail(error)
    this.#fail(error)
    this.#end()
  }

  /** Calls `run` once nothing more will come; at once if so already. */
  whenEnded(run: () => void): void {
    if (this.ended) run()
    else this.#whenEnded.push(run)
  }

  /** Something has been read; what comes after the end of a job is of no interest. */
  #eased(): void {
    if (!this.full || this.ended || this.load > 0.5) return
    this.full = false
    this.#parts.eased(this)
  }

  #fail(error: unknown): void {
    this.error = error
    this.#result.fail(error)
  }

  #end(): void {
    this.ended = true
    for (const run of this.#whenEnded.splice(0)) run()
  }
}

function failureOf({ error }: JobFailed): Error {
  if (isWireError(error)) return errorFromWire(error)
  return violation('unreadable error', 'invalid_error')
}

function cancellationOf({ reason }: JobCancelled): Error {
  return new CancelledError(`the job was cancelled${reason ? `: ${reason}` : ''}`, { details: { reason } })
}
