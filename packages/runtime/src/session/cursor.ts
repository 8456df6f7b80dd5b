import type { LogEntry } from '@arcp/protocol/store'
import type { Job } from '../jobs/job'
import type { JobLog, LogFollower } from '../jobs/log'

/** A session, as far as its cursors are concerned. */
export interface CursorReader {
  /** Whether the session has authority over the job now; the owner's pace is the log's. */
  isOwner(job: Job): boolean
  /** What the owner's copy of `job.started` carries. */
  resumeToken(job: Job): string
  /** There is something to read. */
  onReady(cursor: Cursor): void
  /** The job still runs, though it has nothing to say. */
  onPulse(job: Job, runningForMs: number): void
}

/** How the payload of a rotation ends. */
const ROTATED = ',"phase":"credential_rotated"}'

/** A session's place in one job's log. */
export class Cursor implements LogFollower {
  readonly job: Job
  /** The envelope fields that are the same for every event of the job, as JSON. */
  readonly identity: string
  readonly #reader: CursorReader
  #nextSeq: number
  #closed = false
  /** Whether it stands in its session's queue. */
  queued = false

  /** @param afterSeq events after this number follow */
  constructor(job: Job, afterSeq: number, reader: CursorReader) {
    const { id, traceId } = job.facts
    this.job = job
    this.identity = `"job_id":${JSON.stringify(id)},"trace_id":${JSON.stringify(traceId)}`
    this.#reader = reader
    this.#nextSeq = afterSeq + 1
  }

  get log(): JobLog {
    return this.job.log
  }

  wake(): void {
    if (!this.queued) this.#reader.onReady(this)
  }

  pulse(runningForMs: number): void {
    if (!this.hasMore) this.#reader.onPulse(this.job, runningForMs)
  }

  /** Reads nothing any more. */
  close(): void {
    this.#nextSeq = Number.POSITIVE_INFINITY
    this.#closed = true
  }

  /** Whether there is something to read now. */
  get hasMore(): boolean {
    return this.#nextSeq <= this.log.durableSeq
  }

  /** Whether the log has let go of what comes next here. */
  get isBehind(): boolean {
    return this.#nextSeq < this.log.firstSeq
  }

  /** The next entry; `undefined` when there is none. */
  get next(): LogEntry | undefined {
    return this.log.read(this.#nextSeq)
  }

  /** The next entry has been read. */
  advance(): void {
    this.#nextSeq++
  }

  /** An entry's payload as this session sees it. */
  payloadOf(entry: LogEntry): string {
    const { type, payload } = entry
    const isStart = type === 'job.started'
    if (!(isStart || (type === 'job.status' && payload.endsWith(ROTATED))) || !this.#isOwner) return payload
    const secret = isStart
      ? { resume_token: this.#reader.resumeToken(this.job) }
      : { credentials: this.job.credentials?.toWire() ?? [] }
    return `${payload.slice(0, -1)},${JSON.stringify(secret).slice(1)}`
  }

  /** The last entry it has read. */
  get lastSeq(): number {
    return this.#nextSeq - 1
  }

  ownerChanged(): boolean {
    this.hold()
    return this.#isOwner
  }

  /** What the session has been sent may be lost: nothing of it goes before the session says where it stands. */
  hold(): void {
    if (!this.#closed && this.#isOwner) this.log.hold()
  }

  /** The session has taken in everything up to `seq`. */
  acknowledge(seq: number): void {
    if (!this.#closed && this.#isOwner) this.log.release(seq)
  }

  get #isOwner(): boolean {
    return this.#reader.isOwner(this.job)
  }
}
