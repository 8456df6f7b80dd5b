import type { Feature } from '@arcp/protocol'
import type { Scope } from '@arcp/protocol/store'
import type { Job } from '../jobs/job'
import type { RunQueue } from '../scheduling/run-queue'
import type { Connection } from './connection'
import { Cursor } from './cursor'
import { SessionPump } from './pump'

/** What a {@link Session} needs. */
export interface SessionParts {
  readonly id: string
  readonly scope: Scope
  readonly features: readonly Feature[]
  readonly connection: Connection
  readonly runQueue: RunQueue
  readonly sendBufferBytes: number
  /** The token that proves a job to its owner. */
  readonly jobToken: (job: Job) => string
}

/** One client's session: who it is, and the jobs it follows, each at its own place. `docs/protocol.md` §2. */
export class Session {
  readonly id: string
  readonly scope: Scope
  readonly features: readonly Feature[]
  readonly connection: Connection
  /** Submits that have not been answered yet. */
  pendingSubmits = 0
  /** Resolves when everything submitted so far has been answered. */
  answered: Promise<void> = Promise.resolve()
  readonly #parts: SessionParts
  readonly #pump: SessionPump
  readonly #following = new Map<string, { readonly job: Job; readonly cursor: Cursor }>()
  #ended = false

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.id = parts.id
    this.scope = parts.scope
    this.features = parts.features
    this.connection = parts.connection
    this.#pump = new SessionPump({
      sessionId: parts.id,
      transport: parts.connection.transport,
      nextId: parts.connection.nextId,
      sendBufferBytes: parts.sendBufferBytes,
      onReady: (pump) => parts.runQueue.add(pump),
      onFinished: (cursor) => this.#unfollow(cursor),
      onBehind: (cursor) => this.#lost(cursor),
    })
  }

  /** Follows a job from after `afterSeq` on; a session that has ended lets go of it instead. */
  follow(job: Job, afterSeq: number): void {
    if (this.#ended) {
      this.#disown(job)
      return
    }
    const owner = job.owner === this.id
    const cursor = new Cursor({
      log: job.log,
      traceId: job.facts.traceId,
      afterSeq,
      owner,
      ...(owner ? { resumeToken: this.#parts.jobToken(job) } : {}),
      onReady: (ready) => this.#pump.add(ready),
    })
    this.#following.set(job.facts.id, { job, cursor })
    job.log.followers.add(cursor)
    if (cursor.hasMore || cursor.isBehind) cursor.wake()
  }

  /** Bytes have left the transport. */
  drained(): void {
    this.#pump.drained()
  }

  /** Lets go of everything; the jobs run on, with nobody to wait for. */
  end(): void {
    this.#ended = true
    this.#pump.close()
    for (const { job, cursor } of this.#following.values()) {
      job.log.followers.delete(cursor)
      this.#disown(job)
    }
    this.#following.clear()
  }

  #disown(job: Job): void {
    if (job.owner !== this.id) return
    job.owner = undefined
    job.log.release(Number.POSITIVE_INFINITY)
  }

  #unfollow(cursor: Cursor): Job | undefined {
    const { jobId } = cursor.log
    const followed = this.#following.get(jobId)
    if (followed?.cursor !== cursor) return undefined
    cursor.log.followers.delete(cursor)
    this.#following.delete(jobId)
    return followed.job
  }

  #lost(cursor: Cursor): void {
    const job = this.#unfollow(cursor)
    if (!job) return
    const { jobId, firstSeq } = cursor.log
    const payload = { job_id: jobId, reason: 'events_lost', first_seq: firstSeq }
    this.connection.send('job.unsubscribed', payload, { job_id: jobId, trace_id: job.facts.traceId })
  }
}
