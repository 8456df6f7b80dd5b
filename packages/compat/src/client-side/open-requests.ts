/** A request of the client that the runtime has not answered. */
export interface OpenRequest {
  readonly id: string
  readonly type: string
  readonly traceId: string | undefined
  /** The job it is about. */
  readonly jobId: string | undefined
  /** What it asks for, as the client wrote it. */
  readonly payload: Readonly<Record<string, unknown>>
}

/** The requests of one session that wait for their answers, oldest first. */
export class OpenRequests {
  readonly #limit: number
  readonly #open = new Map<string, OpenRequest>()

  /** @param limit How many there may be. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Keeps a request until its answer; `false`, and it is not kept, where too many wait. */
  add(request: OpenRequest): boolean {
    if (!this.#open.has(request.id) && this.#open.size >= this.#limit) return false
    this.#open.set(request.id, request)
    return true
  }

  get(id: unknown): OpenRequest | undefined {
    return this.#open.get(id as string)
  }

  /** It has been answered. */
  close(id: unknown): void {
    this.#open.delete(id as string)
  }

  /** The oldest that passes. */
  oldest(passes: (request: OpenRequest) => boolean): OpenRequest | undefined {
    for (const request of this.#open.values()) if (passes(request)) return request
    return undefined
  }
}
