import type { Dialect } from '../peer'

/** A request of a client that has not been answered yet; a rule that reads it may leave a note for the answer. */
export interface OpenRequest {
  readonly id: string
  readonly type: string
  readonly traceId?: string | undefined
  readonly jobId?: string | undefined
  /** The agent a submit asked for. */
  readonly agent?: string | undefined
  /** Why a job is to be cancelled. */
  reason?: string | undefined
  /** After which number a subscription begins; nothing for one that wants no history. */
  afterSeq?: number | undefined
  /** Whether the client of a hello wants to acknowledge events. */
  acks?: boolean
  /** Which entries of a listing were asked for, where the native filter cannot tell. */
  wants?: (errorCode: unknown) => boolean
}

/** What {@link RuntimeMemory} needs. */
export interface RuntimeMemoryParts {
  readonly dialect: Dialect
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
  readonly now: () => string
  readonly jobId: () => string
  readonly frameId: () => string
  /** The request that the frame at hand is, or answers. */
  request: OpenRequest | undefined
  /** Whether the session stands. */
  greeted = false
  /** Why the transport is to be ended, once what goes before has been sent. */
  ending: string | undefined
  readonly #parts: RuntimeMemoryParts
  readonly #requests = new Map<string, OpenRequest>()
  readonly #jobs = new Set<string>()
  #unknownJobs = false

  constructor(parts: RuntimeMemoryParts) {
    this.#parts = parts
    this.dialect = parts.dialect
    this.now = parts.now
    this.jobId = parts.jobId
    this.frameId = parts.frameId
  }

  /** Whether the client may be waiting for something: an answer, or the end of a job. */
  get busy(): boolean {
    return this.#unknownJobs || this.#jobs.size > 0 || this.#requests.size > 0
  }

  /** Keeps a request until its answer; `false`, and it is not kept, where too many wait. */
  ask(request: OpenRequest): boolean {
    if (!this.#requests.has(request.id) && this.#requests.size >= this.#parts.openRequests) return false
    this.#requests.set(request.id, request)
    return true
  }

  /** Forgets a request that is being answered. */
  answered(id: string): OpenRequest | undefined {
    const request = this.#requests.get(id)
    this.#requests.delete(id)
    return request
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
