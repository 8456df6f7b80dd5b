import {
  type ArcpError,
  type Clock,
  type CloseReason,
  decodeUntrustedFrame,
  describeIssues,
  type Envelope,
  encodeFrame,
  formatTimestamp,
  type IdSource,
  InvalidRequestError,
  type Issue,
  type SessionClosed,
  utf8Length,
} from '@arcp/protocol'
import { CloseCode, type Transport, type TransportHandler } from '@arcp/protocol/transport'
import { briefForm, writableForm } from '../jobs/failure'
import { RateLimit } from './rate-limit'

const MINUTE_MS = 60_000

/** Ends after which there is no session to come back to, or none for this client. */
const FINAL: ReadonlySet<CloseReason> = new Set(['bye', 'taken_over', 'shutdown'])

/** What a connection hands its frames to; replaced when the session stands. */
export interface ConnectionUser {
  /** A frame that is a well-formed envelope; `size` is its length, in UTF-16 code units. */
  receive(envelope: Envelope, size: number): void
  /** A frame that is none; it has been answered. */
  malformed?(): void
  /** Bytes have left. */
  drained(): void
  /** Either side has ended it. Called once. */
  closed(): void
}

/** Bounds of one connection. */
export interface ConnectionLimits {
  readonly maxFrameBytes: number
  /** Unreadable frames within a minute; the last of them closes. */
  readonly unreadableFrames: number
  /** Frames within a second; a peer that sends more is closed. */
  readonly messagesPerSecond: number
  /** Bytes that may wait in the transport; a peer that asks on and does not read is closed. */
  readonly maxBufferedBytes: number
}

/** What a {@link Connection} needs. */
export interface ConnectionParts {
  readonly transport: Transport
  readonly clock: Clock
  readonly nextId: IdSource
  readonly limits: ConnectionLimits
}

/** Ids a reply carries beside its type and payload. */
export interface ReplyHeader {
  readonly job_id?: string
  readonly trace_id?: string
}

/** One transport's wire: reads frames into envelopes, answers what cannot be read, writes replies. `docs/protocol.md` §1. */
export class Connection implements TransportHandler {
  readonly transport: Transport
  readonly nextId: IdSource
  /** On every frame once the session stands. */
  sessionId: string | undefined
  readonly #parts: ConnectionParts
  #user: ConnectionUser
  readonly #rate: RateLimit
  #unreadableAt: number[] = []
  #ended = false
  #endReason: CloseReason | undefined

  constructor(parts: ConnectionParts, user: ConnectionUser) {
    this.#parts = parts
    this.#user = user
    this.transport = parts.transport
    this.nextId = parts.nextId
    this.#rate = new RateLimit(parts.clock, parts.limits.messagesPerSecond)
  }

  /** Hands everything from now on to `user`. */
  handTo(user: ConnectionUser): void {
    this.#user = user
  }

  /** Whether either side has ended it. */
  get ended(): boolean {
    return this.#ended
  }

  /** Why this side ended it; `undefined` when the other side did, or it broke. */
  get endReason(): CloseReason | undefined {
    return this.#endReason
  }

  frame(text: string): void {
    if (this.#ended) return
    if (!this.#rate.take()) {
      this.end('session_limit', CloseCode.policyViolation, { retry_after_ms: 1_000 })
      return
    }
    const decoded = decodeUntrustedFrame(text)
    if (decoded.ok) {
      this.#user.receive(decoded.envelope, text.length)
      return
    }
    if (decoded.id !== undefined) this.fail(decoded.id, invalidFrame(decoded.issues))
    else this.#unreadable(decoded.issues)
    this.#user.malformed?.()
  }

  drain(): void {
    this.#user.drained()
  }

  close(): void {
    this.#over()
  }

  /** Sends one message that is not numbered. */
  send(type: string, payload: object, header: ReplyHeader = {}): void {
    this.#write(this.#encode(type, payload, header))
  }

  /** Asks whether the peer still lives; any frame is an answer. */
  ping(): void {
    this.send('session.ping', { nonce: this.nextId(), sent_at: formatTimestamp(this.#parts.clock.now()) })
  }

  /**
   * Answers a request with an error; without `requestId`, tells a fault nobody asked about. Details that JSON cannot
   * write, or that do not fit into a frame, are left out.
   */
  fail(requestId: string | undefined, error: ArcpError): void {
    const whole = this.#encode('session.error', { request_id: requestId, ...writableForm(error) })
    this.#write(
      utf8Length(whole) <= this.#parts.limits.maxFrameBytes
        ? whole
        : this.#encode('session.error', { request_id: requestId, ...briefForm(error) }),
    )
  }

  /** Says why, then ends the transport. */
  end(reason: CloseReason, code: number, more: Omit<Partial<SessionClosed>, 'reason'> = {}): void {
    if (this.#ended) return
    this.#endReason = reason
    this.transport.send([
      this.#encode('session.closed', { reason, resume: this.#isResumable(reason), ...more }),
    ])
    this.hangUp(code, reason)
  }

  /** Ends the transport without a word more; how long that takes concerns nobody, its user is told now. */
  hangUp(code: number, reason: string): void {
    if (this.#ended) return
    this.transport.close(code, reason)
    this.#over()
  }

  #over(): void {
    if (this.#ended) return
    this.#ended = true
    this.#user.closed()
  }

  /** Whether the session waits for its client to come back. */
  #isResumable(reason: CloseReason): boolean {
    return this.sessionId !== undefined && !FINAL.has(reason)
  }

  #encode(type: string, payload: object, header: ReplyHeader = {}): string {
    return encodeFrame(type, payload, { id: this.nextId(), session_id: this.sessionId, ...header })
  }

  #write(frame: string): void {
    if (this.#ended) return
    if (this.transport.bufferedBytes <= this.#parts.limits.maxBufferedBytes) this.transport.send([frame])
    else this.end('slow_consumer', CloseCode.policyViolation)
  }

  #unreadable(issues: readonly Issue[]): void {
    const now = this.#parts.clock.monotonic()
    this.#unreadableAt = this.#unreadableAt.filter((at) => now - at < MINUTE_MS)
    this.#unreadableAt.push(now)
    const details = { reason: 'unreadable_frame', issues }
    this.fail(undefined, new InvalidRequestError(describeIssues(issues), { details }))
    if (this.#unreadableAt.length >= this.#parts.limits.unreadableFrames) {
      this.end('protocol_error', CloseCode.policyViolation)
    }
  }
}

function invalidFrame(issues: readonly Issue[]): ArcpError {
  const wrongVersion = issues.some(({ path }) => path === 'arcp')
  return new InvalidRequestError(describeIssues(issues), {
    details: wrongVersion ? { issues, supported: ['1.1'] } : { issues },
  })
}
