import type { Envelope } from '@arcp/protocol'

/** A request of the client that the runtime has not answered. */
export interface OpenRequest {
  readonly id: string
  readonly type: string
  traceId: string | undefined
  /** The job it is about. */
  readonly jobId: string | undefined
  /** The agent a submit asks for. */
  readonly agent?: unknown
  /** Which entries of a listing are asked for, as the client wrote it. */
  readonly filter?: unknown
  /** What has come of a job that is to be followed before the answer to that. */
  readonly held: Envelope[]
  /** How many characters that was. */
  heldSize?: number
  /** Whether the translator asks it by itself. */
  readonly isOwn?: boolean
}

interface Kept {
  readonly request: OpenRequest
  readonly since: number
}

/** What {@link OpenRequests} needs. */
export interface OpenRequestsParts {
  /** How many there may be. */
  readonly limit: number
  /** After which time one that nobody answers is forgotten, in milliseconds. */
  readonly forgetMs: number
  readonly now: () => number
}

/** The requests of one session that wait for their answers, oldest first. */
export class OpenRequests {
  readonly #parts: OpenRequestsParts
  readonly #open = new Map<string, Kept>()

  constructor(parts: OpenRequestsParts) {
    this.#parts = parts
  }

  /**
   * Keeps a request until its answer; `false`, and it is not kept, where too many wait.
   *
   * @param others How many are kept elsewhere that count as well.
   */
  add(request: OpenRequest, others = 0): boolean {
    this.#forget()
    if (!this.#open.has(request.id) && this.#open.size + others >= this.#parts.limit) return false
    this.#open.set(request.id, { request, since: this.#parts.now() })
    return true
  }

  get(id: unknown): OpenRequest | undefined {
    return this.#open.get(id as string)?.request
  }

  /** It has been answered. */
  close(id: unknown): void {
    this.#open.delete(id as string)
  }

  /** Forgets all. @returns them */
  clear(): OpenRequest[] {
    const all = [...this.#open.values()].map(({ request }) => request)
    this.#open.clear()
    return all
  }

  /** The oldest that passes. */
  oldest(passes: (request: OpenRequest) => boolean): OpenRequest | undefined {
    this.#forget()
    for (const { request } of this.#open.values()) if (passes(request)) return request
    return undefined
  }

  #forget(): void {
    const { forgetMs, now } = this.#parts
    const before = now() - forgetMs
    for (const [id, { since }] of this.#open) {
      if (since > before) return
      this.#open.delete(id)
    }
  }
}
