import {
  type Clock,
  ConnectionError,
  decodeFrame,
  describeIssues,
  type Envelope,
  formatTimestamp,
  type JobEvent,
  type SessionPong,
  type SessionWelcome,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Jobs } from '../jobs/jobs'
import type { Requests } from '../requests/requests'
import type { Receiver } from './connection'
import type { Outbox } from './outbox'

/** What {@link Inbound} needs. */
export interface InboundParts {
  readonly jobs: Jobs
  readonly requests: Requests
  readonly outbox: Outbox
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Takes the frames of a session and passes each to whom it belongs. Events come this way, so they are looked at by
 * hand and found by one look-up. `docs/protocol.md` §4, §5.
 */
export class Inbound implements Receiver {
  readonly #parts: InboundParts
  #sessionId = ''
  #eventSeq = 0

  constructor(parts: InboundParts) {
    this.#parts = parts
  }

  welcomed({ session_id }: SessionWelcome): void {
    this.#sessionId = session_id
    this.#eventSeq = 0
  }

  /** @returns why the connection cannot go on, if so */
  frame(text: string): ConnectionError | undefined {
    const decoded = decodeFrame(text)
    if (!decoded.ok) {
      const problem = describeIssues(decoded.issues)
      this.#parts.logger.warn('a frame of the runtime cannot be read', { problem })
      return undefined
    }
    const { envelope } = decoded
    const { session_id, event_seq } = envelope
    if (session_id !== undefined && session_id !== this.#sessionId) {
      this.#parts.logger.warn('a frame belongs to another session', { type: envelope.type, session_id })
      return undefined
    }
    if (event_seq !== undefined) {
      const due = this.#eventSeq + 1
      if (event_seq < due) return undefined
      if (event_seq > due) return gap(due, event_seq)
      this.#eventSeq = event_seq
    }
    return this.#dispatch(envelope, text.length)
  }

  ended(error: Error): void {
    this.#parts.requests.failAll(error)
    this.#parts.jobs.loseAll(error)
  }

  #dispatch(envelope: Envelope, size: number): ConnectionError | undefined {
    const { type, job_id, payload } = envelope
    if (job_id !== undefined && isSeq(payload.seq)) {
      payload.type = type
      this.#parts.jobs.deliver(job_id, payload as unknown as JobEvent, size)
      return undefined
    }
    if (this.#parts.requests.answer(envelope)) return undefined
    switch (type) {
      case 'session.ping':
        this.#pong(payload.nonce)
        return undefined
      case 'session.closed':
        return new ConnectionError(`the runtime closed the session: ${payload.reason}`)
      case 'session.error':
        this.#parts.logger.warn('the runtime reports an error', payload)
        return undefined
    }
    this.#parts.logger.debug('a message of no meaning here', { type, request_id: payload.request_id })
    return undefined
  }

  #pong(nonce: unknown): void {
    const { outbox, clock } = this.#parts
    if (typeof nonce !== 'string') return
    const pong: SessionPong = { ping_nonce: nonce, received_at: formatTimestamp(clock.now()) }
    outbox.send(outbox.encode('session.pong', pong).text)
  }
}

function isSeq(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function gap(due: number, eventSeq: number): ConnectionError {
  return new ConnectionError(
    `the runtime left out frames: event_seq ${eventSeq} came where ${due} was due, so events are missing`,
  )
}
