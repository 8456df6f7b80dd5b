import type { Credential } from '@arcp/protocol'
import type { LogEntry } from '@arcp/protocol/store'
import type { JobLog, LogFollower } from '../jobs/log'

/** What a session knows of a job it follows. */
export interface CursorOptions {
  readonly log: JobLog
  readonly traceId: string
  /** Events after this number follow. */
  readonly afterSeq: number
  /** Whether the session has authority over the job now; the owner's pace is the log's. */
  readonly isOwner: () => boolean
  /** What the owner's copy of `job.started` carries. */
  readonly resumeToken: () => string
  /** What the owner's copy of a rotation carries. */
  readonly credentials: () => readonly Credential[]
  readonly onReady: (cursor: Cursor) => void
  /** The job still runs, though it has nothing to say. */
  readonly onPulse: (runningForMs: number) => void
}

/** How the payload of a rotation ends. */
const ROTATED = ',"phase":"credential_rotated"}'

/** A session's place in one job's log. */
export class Cursor implements LogFollower {
  readonly log: JobLog
  /** The envelope fields that are the same for every event of the job, as JSON. */
  readonly identity: string
  readonly #isOwner: () => boolean
  readonly #resumeToken: () => string
  readonly #credentials: () => readonly Credential[]
  readonly #onReady: (cursor: Cursor) => void
  readonly #onPulse: (runningForMs: number) => void
  #nextSeq: number
  #closed = false
  /** Whether it stands in its session's queue. */
  queued = false

  constructor(options: CursorOptions) {
    const { log, traceId, afterSeq, isOwner, resumeToken, credentials, onReady, onPulse } = options
    this.log = log
    this.#isOwner = isOwner
    this.identity = `"job_id":${JSON.stringify(log.jobId)},"trace_id":${JSON.stringify(traceId)}`
    this.#resumeToken = resumeToken
    this.#credentials = credentials
    this.#onReady = onReady
    this.#onPulse = onPulse
    this.#nextSeq = afterSeq + 1
  }

  wake(): void {
    if (!this.queued) this.#onReady(this)
  }

  pulse(runningForMs: number): void {
    if (!this.hasMore) this.#onPulse(runningForMs)
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
    if (!(isStart || (type === 'job.status' && payload.endsWith(ROTATED))) || !this.#isOwner()) return payload
    const secret = isStart ? { resume_token: this.#resumeToken() } : { credentials: this.#credentials() }
    return `${payload.slice(0, -1)},${JSON.stringify(secret).slice(1)}`
  }

  /** The last entry it has read. */
  get lastSeq(): number {
    return this.#nextSeq - 1
  }

  ownerChanged(): boolean {
    this.hold()
    return this.#isOwner()
  }

  /** What the session has been sent may be lost: nothing of it goes before the session says where it stands. */
  hold(): void {
    if (!this.#closed && this.#isOwner()) this.log.hold()
  }

  /** The session has taken in everything up to `seq`. */
  acknowledge(seq: number): void {
    if (!this.#closed && this.#isOwner()) this.log.release(seq)
  }
}
