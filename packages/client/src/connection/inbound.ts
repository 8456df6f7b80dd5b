import {
  type Clock,
  decodeFrame,
  describeIssues,
  type Envelope,
  formatTimestamp,
  type JobEvent,
  type SessionPing,
  type SessionPong,
  type SessionResume,
  type SessionWelcome,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Jobs } from '../jobs/jobs'
import { reattach } from '../requests/reattach'
import type { Requests } from '../requests/requests'
import { type Break, closedBy, gap } from './breaks'
import type { Receiver, Welcomed } from './connection'
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
  #pings = 0

  constructor(parts: InboundParts) {
    this.#parts = parts
  }

  welcomed({ session_id }: SessionWelcome, how: Welcomed): void {
    const { requests, jobs } = this.#parts
    const former = this.#sessionId
    this.#sessionId = session_id
    if (how !== 'resumed') this.#eventSeq = 0
    this.#acknowledge()
    if (how === 'replaced') {
      requests.dropLost()
      reattach(this.#parts, jobs, former)
    }
    requests.connected()
  }

  position(): Pick<SessionResume, 'last_event_seq' | 'cursors'> {
    return { last_event_seq: this.#eventSeq, cursors: this.#parts.jobs.cursors() }
  }

  ping(): void {
    const { outbox, clock } = this.#parts
    this.#pings++
    const ping: SessionPing = { nonce: `ping_${this.#pings}`, sent_at: formatTimestamp(clock.now()) }
    outbox.send(outbox.encode('session.ping', ping).text)
  }

  interrupted(): void {
    this.#parts.requests.interrupted()
    this.#parts.jobs.interrupted()
  }

  /** @returns why the connection cannot go on, if so */
  frame(text: string): Break | undefined {
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

  #dispatch(envelope: Envelope, size: number): Break | undefined {
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
        return closedBy(payload)
      case 'job.unsubscribed':
        if (job_id !== undefined) this.#parts.jobs.dropped(job_id, payload)
        return undefined
      case 'session.error':
        this.#parts.logger.warn('the runtime reports an error', payload)
        return undefined
    }
    this.#parts.logger.debug('a message of no meaning here', { type, request_id: payload.request_id })
    return undefined
  }

  /** The first frame after a welcome: it confirms the token that came with it. */
  #acknowledge(): void {
    const { outbox } = this.#parts
    outbox.send(outbox.encode('session.ack', { last_processed_seq: this.#eventSeq }).text)
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
