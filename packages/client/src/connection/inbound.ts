import {
  type Envelope,
  formatTimestamp,
  type JobEvent,
  readFrame,
  type SessionPing,
  type SessionPong,
  type SessionResume,
  type SessionWelcome,
  type Timers,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import { misplaced } from '../failures'
import type { Jobs } from '../jobs/jobs'
import { isNumber } from '../replies'
import { reattach } from '../requests/reattach'
import type { Requests } from '../requests/requests'
import { type Break, closedBy, interruption } from './breaks'
import type { Arrival, Receiver } from './connection'
import type { Intake } from './intake'
import type { Outbox } from './outbox'

/** What {@link Inbound} needs. */
export interface InboundParts {
  readonly jobs: Jobs
  readonly requests: Requests
  readonly intake: Intake
  readonly outbox: Outbox
  readonly clock: Timers
  readonly logger: Logger
}

/**
 * Takes the frames of a session and passes each to whom it belongs. Events come this way, so they are looked at by
 * hand and found by one look-up. `docs/protocol.md` §4, §5.
 */
export class Inbound implements Receiver {
  readonly #parts: InboundParts
  readonly #jobs: Jobs
  readonly #requests: Requests
  readonly #intake: Intake
  #sessionId = ''
  #pings = 0

  constructor(parts: InboundParts) {
    this.#parts = parts
    this.#jobs = parts.jobs
    this.#requests = parts.requests
    this.#intake = parts.intake
  }

  welcomed(welcome: SessionWelcome, how: Arrival): void {
    const former = this.#sessionId
    this.#sessionId = welcome.session_id
    this.#intake.begin(welcome, how === 'resume')
    this.#jobs.welcomed(welcome)
    if (how === 'replace') this.#requests.dropLost()
    this.#requests.connected(() => {
      if (how === 'replace') reattach(this.#requests, this.#jobs, former)
    })
  }

  position(): Omit<SessionResume, 'resume_token'> {
    return {
      session_id: this.#sessionId,
      last_event_seq: this.#intake.lastSeq,
      cursors: this.#jobs.cursors(),
    }
  }

  ping(): void {
    const ping: SessionPing = { nonce: `ping_${++this.#pings}`, sent_at: this.#now() }
    this.#parts.outbox.say('session.ping', ping)
  }

  interrupted(): void {
    this.#requests.interrupted()
    this.#jobs.interrupted()
    this.#intake.stop()
  }

  /** @returns why the connection cannot go on, if so */
  frame(text: string): Break | undefined {
    const envelope = readFrame(text)
    if (!envelope) {
      this.#parts.logger.warn('frame ignored', { size: text.length })
      return undefined
    }
    const { session_id = this.#sessionId, event_seq, payload } = envelope
    if (session_id !== this.#sessionId) {
      this.#parts.logger.warn('frame ignored', { type: envelope.type, session_id })
      return undefined
    }
    if (event_seq !== undefined) {
      const due = this.#intake.lastSeq + 1
      if (event_seq < due) return undefined
      if (event_seq > due)
        return interruption(`frames are missing: ${misplaced('event_seq', event_seq, due)}`)
    }
    const broken = this.#dispatch(envelope, text.length)
    if (event_seq !== undefined) this.#intake.take(event_seq, payload, text.length)
    return broken
  }

  ended(error: Error): void {
    this.interrupted()
    this.#requests.failAll(error)
    this.#jobs.loseAll(error)
  }

  #dispatch(envelope: Envelope, size: number): Break | undefined {
    const { type, job_id, payload } = envelope
    if (job_id !== undefined && isNumber(payload.seq)) {
      payload.type = type
      this.#jobs.deliver(job_id, payload as unknown as JobEvent, size)
    } else if (this.#requests.answer(envelope)) {
      // Whoever asked has been told.
    } else if (type === 'session.closed') return closedBy(payload)
    else if (type === 'session.ping') {
      if (typeof payload.nonce !== 'string') return undefined
      const pong: SessionPong = { ping_nonce: payload.nonce, received_at: this.#now() }
      this.#parts.outbox.say('session.pong', pong)
    } else if (type === 'job.unsubscribed' && job_id !== undefined && payload.request_id === undefined)
      this.#jobs.dropped(job_id, payload)
    else this.#parts.logger[type === 'session.error' ? 'warn' : 'debug']('frame ignored', { type, payload })
    return undefined
  }

  #now(): string {
    return formatTimestamp(this.#parts.clock.now())
  }
}
