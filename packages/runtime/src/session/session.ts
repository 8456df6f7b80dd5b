import type { ArcpError, Clock, Feature } from '@arcp/protocol'
import type { Scope } from '@arcp/protocol/store'
import type { TokenHolder } from '../authority/delegation/used-tokens'
import type { Mandate } from '../authority/delegation/verify'
import type { Job } from '../jobs/job'
import type { RunQueue } from '../scheduling/run-queue'
import type { Tally } from '../tally'
import { Attachment } from './attachment'
import type { Connection, ReplyHeader } from './connection'
import type { AckWindow } from './credit'
import { Cursor, type CursorReader } from './cursor'
import { Numbering, type Run } from './numbering'
import type { Obstacle } from './pump'
import { RecentSubmits } from './recent-submits'
import type { SessionTokens } from './tokens'

/**
 * Where nothing is acknowledged, a client that resumes without cursors may have got less than its transport carried:
 * stretches of numbers kept for it beyond that.
 */
const RUNS_KEPT = 4096

/** What a {@link Session} needs. */
export interface SessionParts {
  readonly id: string
  readonly scope: Scope
  readonly features: readonly Feature[]
  readonly tokens: SessionTokens
  readonly runQueue: RunQueue
  readonly clock: Clock
  readonly sendBufferBytes: number
  readonly slowConsumerMs: number
  readonly ackWindow: AckWindow
  readonly heartbeatMs: number
  /** Jobs that sessions follow. */
  readonly subscriptions: Tally
  /** The token that proves a job to its owner. */
  readonly jobToken: (job: Job) => string
  /** The session owns the job and has been sent its end, or wants it no more. */
  readonly onTold: (job: Job) => void
  /** Events have begun to wait. */
  readonly onStalled: (by: Obstacle) => void
}

/** A job that is followed, from where, and since which number of the session. */
interface Followed {
  readonly cursor: Cursor
  readonly sinceEventSeq: number
}

/** What a session follows that has never followed anything, as most idle ones: an empty map takes more than it seems. */
const NOTHING = new Map<string, Followed>()

/** What a session may do that a token has delegated authority to. */
interface Delegated {
  /** As the token says that came last. */
  mandate: Mandate
  /** What its tokens belong to. */
  readonly holder: TokenHolder
}

/** One client's session: who it is, and the jobs it follows, each at its own place. It outlives its connections. */
export class Session {
  readonly id: string
  readonly scope: Scope
  readonly features: readonly Feature[]
  readonly tokens: SessionTokens
  readonly numbering: Numbering<Cursor>
  /** Resolves when everything submitted so far has been answered. */
  answered: Promise<void> = Promise.resolve()
  /** Whether a frame has arrived since the first welcome. */
  heard = false
  /** `undefined` where nothing was delegated, so that it may do whatever its principal may. */
  delegated: Delegated | undefined
  readonly #parts: SessionParts
  #following = NOTHING
  #reader: CursorReader | undefined
  #submits: RecentSubmits | undefined
  #pendingSubmits = 0
  #attachment: Attachment | undefined
  #ended = false

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.id = parts.id
    this.scope = parts.scope
    this.features = parts.features
    this.tokens = parts.tokens
    this.numbering = new Numbering<Cursor>(this.#acknowledges ? 0 : RUNS_KEPT)
  }

  /** Whether it is over for good, and not only parked. */
  get ended(): boolean {
    return this.#ended
  }

  /** What carries the session now; `undefined` while it is parked. */
  get attachment(): Attachment | undefined {
    return this.#attachment
  }

  /** What this session has submitted, by the request's `id`. */
  get submits(): RecentSubmits {
    this.#submits ??= new RecentSubmits()
    return this.#submits
  }

  /** Submits that have not been answered yet; one that is sent again counts once. */
  get pendingSubmits(): number {
    return this.#pendingSubmits
  }

  /** A submit has been taken: whatever comes of it is a job that is followed, and counts as one from now on. */
  submitTaken(): void {
    this.#pendingSubmits++
    this.#parts.subscriptions.add(this.scope.principal)
  }

  /** It is about to be answered. */
  submitAnswered(): void {
    this.#pendingSubmits--
    this.#parts.subscriptions.subtract(this.scope.principal)
  }

  /** Goes on over `connection`, sending `replay` again before anything new. */
  attach(connection: Connection, replay: readonly Run<Cursor>[] = []): Attachment {
    this.detach()
    this.#attachment = new Attachment({
      ...this.#parts,
      sessionId: this.id,
      connection,
      numbering: this.numbering,
      replay,
      ackWindow: this.#acknowledges ? this.#parts.ackWindow : undefined,
      heartbeatMs: this.features.includes('heartbeat') ? this.#parts.heartbeatMs : undefined,
      onFinished: (cursor) => this.#told(this.#drop(cursor)),
      onBehind: (cursor) => this.#lost(cursor),
    })
    return this.#attachment
  }

  /** Begins to send: what is to be sent again, then what the jobs have to say. Called after the welcome. */
  begin(): void {
    this.#attachment?.pump.begin()
    for (const { cursor } of this.#following.values()) if (cursor.hasMore || cursor.isBehind) cursor.wake()
  }

  /** Lets go of the connection; the jobs are followed on as soon as there is another. */
  detach(): void {
    this.#attachment?.detach()
    this.#attachment = undefined
  }

  /**
   * The same until the client is back. Where nothing was acknowledged, it may not have got what its transport carried:
   * no log lets go of it.
   */
  park(): void {
    this.detach()
    if (this.#acknowledges) return
    for (const { cursor } of this.#following.values()) cursor.hold()
  }

  /** Its places in the logs it follows. */
  *cursors(): Iterable<Cursor> {
    for (const { cursor } of this.#following.values()) yield cursor
  }

  /** Its client has taken in everything up to `eventSeq`: logs may let go of it, and more may be sent. */
  acknowledge(eventSeq: number): void {
    this.numbering.acknowledge(eventSeq, (cursor, seq) => cursor.acknowledge(seq))
    this.#attachment?.pump.acknowledged(eventSeq)
  }

  /** Sends one message that is not numbered; while parked, nobody gets it. */
  send(type: string, payload: object, header?: ReplyHeader): void {
    this.#attachment?.send(type, payload, header)
  }

  /** Answers a request with an error. */
  fail(requestId: string, error: ArcpError): void {
    this.#attachment?.fail(requestId, error)
  }

  /**
   * Whether this session may follow these jobs besides what is followed already.
   *
   * @throws INTERNAL_ERROR where its principal, or all together, would follow too many
   */
  checkFollow(jobIds: Iterable<string>): void {
    let more = 0
    for (const id of jobIds) if (!this.#following.has(id)) more++
    if (more > 0) this.#parts.subscriptions.check(this.scope.principal, more)
  }

  /** Follows a job from after `afterSeq` on; one that is followed already goes on from there. */
  follow(job: Job, afterSeq: number): void {
    if (this.#ended) return
    this.leave(job.facts.id, { hold: true })
    this.#reader ??= this.#newReader()
    const cursor = new Cursor(job, afterSeq, this.#reader)
    if (this.#following === NOTHING) this.#following = new Map()
    this.#following.set(job.facts.id, { cursor, sinceEventSeq: this.numbering.lastEventSeq })
    job.log.followers.add(cursor)
    this.#parts.subscriptions.add(this.scope.principal)
    if (job.owner === this.id) {
      job.awaited = true
      job.log.release(afterSeq)
    }
    if (cursor.hasMore || cursor.isBehind) cursor.wake()
  }

  /** Follows a job no longer. Unless it holds its place, an owner no longer counts where the log makes room. */
  leave(jobId: string, { hold }: { readonly hold: boolean }): void {
    const followed = this.#following.get(jobId)
    if (!followed) return
    // Where nothing was acknowledged, how far it has come is known when it is back.
    if (hold && !this.#acknowledges) followed.cursor.hold()
    this.#drop(followed.cursor)
    if (!hold) this.letGo(followed.cursor.job)
  }

  /** Does not follow a job, and is not waited for as its owner: nor where it has left it with `hold` before. */
  letGo(job: Job): void {
    if (job.owner !== this.id) return
    job.log.abandon()
    this.#told(job)
  }

  /**
   * Follows none but the jobs `named` by a client that has taken in everything up to `lastEventSeq`. Of the others it
   * may not know those that nothing it has came after: the answer to their submit may be lost, so they keep what they
   * hold until the client asks again.
   */
  followOnly(named: ReadonlyMap<string, unknown>, lastEventSeq: number): void {
    for (const [id, { cursor, sinceEventSeq }] of [...this.#following]) {
      if (named.has(id)) continue
      const { job } = cursor
      const hold = sinceEventSeq >= lastEventSeq
      this.leave(id, { hold })
      if (hold && job.owner === this.id) job.log.release(0)
    }
  }

  /** Follows nothing any more, and is heard no more. */
  end(): void {
    this.#ended = true
    this.detach()
    for (const { cursor } of [...this.#following.values()]) this.#drop(cursor)
  }

  get #acknowledges(): boolean {
    return this.features.includes('ack')
  }

  /** What is the same for all its cursors. */
  #newReader(): CursorReader {
    return {
      isOwner: (job) => job.owner === this.id,
      resumeToken: this.#parts.jobToken,
      onReady: (cursor) => this.#attachment?.pump.add(cursor),
      onPulse: ({ facts: { id, traceId } }, running_for_ms) =>
        this.send('job.heartbeat', { running_for_ms }, { job_id: id, trace_id: traceId }),
    }
  }

  #told(job: Job | undefined): void {
    if (job?.owner === this.id) this.#parts.onTold(job)
  }

  #drop(cursor: Cursor): Job | undefined {
    const { job } = cursor
    const { id } = job.facts
    if (this.#following.get(id)?.cursor !== cursor) return undefined
    cursor.close()
    job.log.followers.delete(cursor)
    this.#following.delete(id)
    this.#parts.subscriptions.subtract(this.scope.principal)
    return job
  }

  #lost(cursor: Cursor): void {
    const job = this.#drop(cursor)
    if (!job) return
    this.letGo(job)
    const { jobId, firstSeq } = cursor.log
    const payload = { job_id: jobId, reason: 'events_lost', first_seq: firstSeq }
    this.send('job.unsubscribed', payload, { job_id: jobId, trace_id: job.facts.traceId })
  }
}
