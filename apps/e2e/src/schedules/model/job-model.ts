import type { JobState } from '@arcp/protocol'
import type { LogEntry } from '@arcp/protocol/store'
import { HeldModel, type LogBounds } from './held-model'

/** What may end a job. */
export interface Cause {
  readonly cause: string
  /** When it came, counted in rests; of causes in different rests the first must win. */
  readonly rest: number
  /** Whether it counts from when it came, or from some time later. */
  readonly atOnce: boolean
  readonly detail?: unknown
}

interface Logged {
  readonly type: string
  /** What the agent said, as JSON; `undefined` for what the runtime says itself. */
  readonly body: string | undefined
  /** Whether the log was full when it came. */
  readonly wasFull: boolean
  payload?: string
}

const TERMINALS = ['job.completed', 'job.failed', 'job.cancelled']

/** What a job has to be: its one log, its one end, its owner. */
export class JobModel {
  /** The submit it was written down for: (session, id). */
  request = ''
  /** Which agent runs it, as `name@version`. */
  agent = ''
  /** What tells its submit apart from others of the same key. */
  variant: unknown
  /** How often its agent has been called. */
  runs = 0
  token: string | undefined
  /** Where it said it stands in the queue. */
  position = 0
  state: JobState = 'queued'
  /** Everything after this is not durable yet. */
  durableSeq = 0
  owner: string | undefined
  ownerKnown = true
  /** How often the owner has changed; and who they were. */
  readonly owners: (string | undefined)[] = []
  readonly causes: Cause[] = []
  /** What its agent has written into its result. */
  written = ''
  /** The answer to its submit, but for what may differ. */
  accepted: string | undefined
  /** What the agent is saying at this moment. */
  saying: { readonly type: string; readonly body: string } | undefined
  forgotten = false
  /** Until when it is kept at least once it has ended, and for its key. */
  keptUntil = Number.POSITIVE_INFINITY
  keyUntil = Number.NEGATIVE_INFINITY
  /** Whether its agent has said anything without waiting, and whether it waits now. */
  rushed = false
  waits = false
  /** Pieces of its result that are written and not taken yet. */
  pieces = 0
  /** Whether it has been told that its agent has to wait, and whether there may have been no room to say so. */
  isHeldUp = false
  mayBeSilent = false
  readonly held: HeldModel
  #startedSeq: number | undefined
  readonly #log: Logged[] = []
  #streamed = ''
  #chunks = 0

  constructor(
    readonly id: string,
    readonly principal: string,
    readonly submitter: string,
    bounds: LogBounds,
  ) {
    this.held = new HeldModel(id, bounds)
    this.ownedBy(submitter)
  }

  get lastSeq(): number {
    return this.#log.length
  }

  /** What whoever takes it up without saying from where has seen. */
  get seen(): number {
    return this.#startedSeq ?? this.lastSeq
  }

  get ended(): boolean {
    return this.state !== 'queued' && this.state !== 'running'
  }

  /** Why it is kept at this time. */
  isKept(now: number): string | undefined {
    if (now < this.keptUntil) return 'for whoever asks'
    return now < this.keyUntil ? 'for its key' : undefined
  }

  get hasTerminal(): boolean {
    return TERMINALS.includes(this.#log.at(-1)?.type ?? '')
  }

  ownedBy(sessionId: string | undefined): void {
    this.owner = sessionId
    this.ownerKnown = true
    this.owners.push(sessionId)
    if (sessionId === undefined) this.held.leftAlone()
  }

  /** Who owns it is not known any more. */
  ownedBySomeone(): void {
    this.ownerKnown = false
    this.held.ownedBySomeone()
  }

  /** An event has entered the log. */
  append(seq: number, type: string, size: number): string | undefined {
    if (this.hasTerminal) return `${type} (${seq}) comes after ${this.#log.at(-1)?.type}`
    if (seq !== this.lastSeq + 1) return `event ${seq} comes after ${this.lastSeq}`
    const { saying } = this
    this.saying = undefined
    const body = saying?.type === type ? saying.body : undefined
    this.#log.push({ type, body, wasFull: this.held.isFullAfter(this.held.firstSeq - 1) })
    this.held.append(size, body !== undefined || type === 'job.result_chunk')
    this.mayBeSilent ||= this.held.isOverflowingAfter(this.held.firstSeq - 1)
    if (type === 'job.started') this.#startedSeq ??= seq
    if (saying && saying.type !== type) return `the agent said ${saying.type}, and ${type} was logged`
    if (!saying && !this.#isOfRuntime(seq, type)) return `${type} (${seq}) was said by nobody`
    return undefined
  }

  /** The store is asked to keep this entry. */
  write({ seq, type, payload }: LogEntry): string | undefined {
    const logged = this.#log[seq - 1]
    if (logged?.type !== type) return `${type} (${seq}) is written, but ${logged?.type} was logged`
    if (logged.payload !== undefined) {
      return logged.payload === payload ? undefined : `event ${seq} is written anew, with other content`
    }
    logged.payload = payload
    const rest = logged.body === undefined || logged.body === '{}' ? '}' : `,${logged.body.slice(1)}`
    if (!payload.startsWith(`{"seq":${seq},"ts":"`)) return `event ${seq} is numbered otherwise: ${payload}`
    if (logged.body !== undefined && !payload.endsWith(rest))
      return `the agent said ${logged.body}, and ${payload} is written`
    if (type === 'job.queued') this.position = (JSON.parse(payload) as { position: number }).position
    if (type === 'job.result_chunk') return this.#chunk(payload)
    if (logged.body === undefined && type === 'job.status') return this.#status(payload, logged.wasFull)
    return TERMINALS.includes(type) ? this.#terminal(type, payload) : undefined
  }

  /** The payload the store keeps under this number. */
  payloadOf(seq: number): string | undefined {
    return this.#log[seq - 1]?.payload
  }

  typeOf(seq: number): string | undefined {
    return this.#log[seq - 1]?.type
  }

  /** It has ended by `cause`. */
  end(cause: string, state: JobState): string | undefined {
    if (this.ended) return `it ended again, by ${cause}`
    this.state = state
    const possible = this.causes.filter(({ cause: known }) => known === cause)
    if (possible.length === 0) return `it ended by ${cause}, but only ${this.#told()} had come`
    const first = Math.min(...this.causes.filter(({ atOnce }) => atOnce).map(({ rest }) => rest))
    const inTime = possible.some(({ rest }) => rest <= first)
    return inTime ? undefined : `it ended by ${cause}, which was not the first of ${this.#told()}`
  }

  #told(): string {
    return this.causes.map(({ cause, rest }) => `${cause}@${rest}`).join(', ') || 'nothing'
  }

  #isOfRuntime(seq: number, type: string): boolean {
    if (seq === 1) return type === 'job.queued'
    if (type === 'job.started') return this.#startedSeq === seq
    return type === 'job.status' || type === 'job.result_chunk' || TERMINALS.includes(type)
  }

  /** What the runtime says by itself; how slow its followers are it says once. */
  #status(text: string, wasFull: boolean): string | undefined {
    const { phase } = JSON.parse(text) as { phase: string }
    if (phase === 'owner_changed') return undefined
    if (phase !== 'back_pressure' || this.isHeldUp) return `the runtime said ${text}`
    this.isHeldUp = true
    return wasFull ? undefined : 'its agent has to wait, though there is room'
  }

  #chunk(payload: string): string | undefined {
    const { chunk_seq, data } = JSON.parse(payload) as { chunk_seq: number; data: string }
    this.#streamed += data
    return chunk_seq === this.#chunks++ ? undefined : `chunk ${chunk_seq} comes after ${this.#chunks - 2}`
  }

  #terminal(type: string, text: string): string | undefined {
    const payload = JSON.parse(text) as Record<string, unknown>
    const told = (cause: string) => this.causes.filter((known) => known.cause === cause)
    if (type === 'job.completed') {
      if (this.#chunks > 0) {
        return this.#streamed === this.written ? undefined : 'its result is not what the agent wrote'
      }
      const expected = told('returned').map(({ detail }) => JSON.stringify(detail))
      return expected.includes(JSON.stringify(payload.result)) ? undefined : `its result is ${text}`
    }
    if (type === 'job.cancelled') {
      const first = told('cancel')[0]?.detail
      return payload.reason === first ? undefined : `it was cancelled for ${first}, but tells ${text}`
    }
    const error = payload.error as { code: string; details?: { reason?: string } }
    if (error.code !== 'INTERNAL_ERROR') return `it failed with ${text}`
    const reason = error.details?.reason
    if (reason === undefined) return told('threw').length > 0 ? undefined : `it failed for no reason: ${text}`
    return told(reason).length > 0 ? undefined : `it failed for ${reason}`
  }
}
