import type { Envelope } from '@arcp/protocol'
import type { Dialect } from '../peer'

/** A request of a client that has not been answered yet; a rule that reads it may leave a note for the answer. */
export interface OpenRequest {
  readonly id: string
  readonly type: string
  readonly traceId?: string | undefined
  /** The agent a submit asked for. */
  readonly agent?: string | undefined
  /** Which submit it is, counted from the first. */
  turn?: number
  /** Why a job is to be cancelled. */
  reason?: string | undefined
  /** After which number a subscription begins; nothing for one that wants no history. */
  afterSeq?: number | undefined
  /** Whether the client of a hello wants to acknowledge events. */
  acks?: boolean
  /** Which entries of a listing were asked for, where the native filter cannot tell. */
  wants?: (errorCode: unknown) => boolean
}

interface HeldAnswer {
  readonly frame: Envelope
  readonly request: OpenRequest
}

/** What {@link RuntimeMemory} needs. */
export interface RuntimeMemoryParts {
  readonly dialect: Dialect
  /** Whether the client names the earlier version. */
  readonly isEarlier: boolean
  /** Requests that may be open. */
  readonly openRequests: number
  /** Jobs it is known of that the client waits for their end. */
  readonly openJobs: number
  /** The moment, as it travels. */
  readonly now: () => string
  /** A fresh id for a job that never is. */
  readonly jobId: () => string
  /** A fresh id for a frame that is made up. */
  readonly frameId: () => string
}

/** What the translator of one client's transport knows. */
export class RuntimeMemory {
  readonly dialect: Dialect
  readonly isEarlier: boolean
  readonly now: () => string
  readonly jobId: () => string
  readonly frameId: () => string
  /** The request that the frame at hand is, or answers. */
  request: OpenRequest | undefined
  /** The largest frame, in bytes, once the session stands. */
  maxFrameBytes = Number.POSITIVE_INFINITY
  /** Whether the session stands. */
  greeted = false
  /** Why the transport is to be ended, once what goes before has been sent. */
  ending: string | undefined
  readonly #parts: RuntimeMemoryParts
  readonly #requests = new Map<string, OpenRequest>()
  readonly #jobs = new Set<string>()
  /** The turn of each submit that is open, oldest first. */
  readonly #submits = new Map<string, number>()
  #turns = 0
  /** Answers to submits that have to wait for those to older ones, oldest first. */
  readonly #held: HeldAnswer[] = []
  #unknownJobs = false

  constructor(parts: RuntimeMemoryParts) {
    this.#parts = parts
    this.dialect = parts.dialect
    this.isEarlier = parts.isEarlier
    this.now = parts.now
    this.jobId = parts.jobId
    this.frameId = parts.frameId
  }

  /** Whether the client may be waiting for something: an answer, or the end of a job. */
  get busy(): boolean {
    return this.#unknownJobs || this.#jobs.size > 0 || this.#waiting > 0
  }

  get #waiting(): number {
    return this.#requests.size + this.#held.length
  }

  /** Keeps a request until its answer; `false`, and it is not kept, where too many wait. */
  ask(request: OpenRequest): boolean {
    const { id, type } = request
    const isKnown = this.#requests.has(id)
    if (!isKnown && this.#waiting >= this.#parts.openRequests) {
      if (type === 'job.submit') request.turn = this.#turns++
      return false
    }
    this.#requests.set(id, request)
    if (type === 'job.submit' && !isKnown) this.#submits.set(id, this.#turns++)
    return true
  }

  /** Forgets a request that is being answered. */
  answered(id: string): OpenRequest | undefined {
    const request = this.#requests.get(id)
    const turn = this.#submits.get(id)
    this.#requests.delete(id)
    this.#submits.delete(id)
    if (request && turn !== undefined) request.turn = turn
    return request
  }

  /** Whether every submit older than an answered one has been answered. */
  isNext({ turn }: OpenRequest): boolean {
    const [oldest] = this.#submits.values()
    return turn === undefined || oldest === undefined || turn < oldest
  }

  /** Keeps the answer at hand until it is next; the client's transport ends where too many wait. */
  hold(frame: Envelope): void {
    if (!this.request) return
    if (this.#held.length < this.#parts.openRequests) this.#held.push({ frame, request: this.request })
    else this.ending = 'open_requests'
  }

  /** The next answer that was held and is to be held no longer, which is then at hand. */
  release(): Envelope | undefined {
    const [first] = this.#held
    if (!first || !this.isNext(first.request)) return undefined
    this.#held.shift()
    this.request = first.request
    return first.frame
  }

  /** The client waits for the end of this job. Beyond the limit it counts as waiting for good. */
  jobOpened(id: string): void {
    if (this.#jobs.size < this.#parts.openJobs) this.#jobs.add(id)
    else this.#unknownJobs = true
  }

  jobEnded(id: string): void {
    this.#jobs.delete(id)
  }

  /** The session is an earlier one, whose jobs nobody here knows. */
  resumed(): void {
    this.#unknownJobs = true
  }
}
