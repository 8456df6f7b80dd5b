import {
  type EnvelopeHeader,
  encodeFrame,
  type IdSource,
  InvalidRequestError,
  type SessionWelcome,
} from '@arcp/protocol'
import type { Transport } from '@arcp/protocol/transport'
import { messageOf } from '../failures'
import { utf8 } from '../results/result-parts'

/** A message to be written out. */
export interface Message {
  readonly type: string
  readonly payload: object
  readonly header?: TraceHeader
}

/** A message written out for the wire. */
export interface OutgoingFrame {
  readonly id: string
  readonly text: string
}

/** What an envelope says of the trace that a request belongs to. `docs/protocol.md` §11. */
export type TraceHeader = Pick<EnvelopeHeader, 'trace_id' | 'extensions'>

/** What a welcome says of the frames that follow it. */
type Session = Pick<SessionWelcome, 'session_id' | 'max_frame_bytes'>

/** Writes a session's frames. What is sent within one tick leaves as one batch. `docs/protocol.md` §1. */
export class Outbox {
  readonly #ids: IdSource
  #sink: Pick<Transport, 'send'> | undefined
  /** There is one before anything is written out. */
  #session!: Session
  #batch: string[] = []

  constructor(ids: IdSource) {
    this.#ids = ids
  }

  /** Writes to `sink` from now on, within `session`. */
  attach(sink: Pick<Transport, 'send'>, session: Session): void {
    this.#sink = sink
    this.#session = session
  }

  /** Writes to nobody: what is sent is gone. */
  detach(): void {
    this.#sink = undefined
    this.#batch = []
  }

  /**
   * Writes a message out, to be sent now or later; the job its payload names stands on the envelope, too.
   *
   * @throws INVALID_REQUEST when it is no JSON or too large
   */
  encode({ type, payload, header }: Message): OutgoingFrame {
    const id = this.#ids()
    const { session_id, max_frame_bytes } = this.#session
    const { job_id } = payload as { readonly job_id?: string }
    let text: string
    try {
      text = encodeFrame(type, payload, { id, session_id, job_id, ...header })
    } catch (cause) {
      throw new InvalidRequestError(`${type} is no JSON: ${messageOf(cause)}`, { cause })
    }
    const bytes = utf8(text).length
    if (bytes <= max_frame_bytes) return { id, text }
    const details = { bytes, max_frame_bytes }
    throw new InvalidRequestError(`${type} takes ${bytes} bytes, more than ${max_frame_bytes}`, { details })
  }

  /** Sends a message that nothing answers to, at the end of this tick. */
  say(type: string, payload: object): void {
    this.send(this.encode({ type, payload }).text)
  }

  /** Sends a frame at the end of this tick. */
  send(text: string): void {
    this.#batch.push(text)
    if (this.#batch.length === 1) queueMicrotask(() => this.flush())
  }

  /** Sends now what {@link send} holds. */
  flush(): void {
    const frames = this.#batch.splice(0)
    if (frames.length > 0) this.#sink?.send(frames)
  }
}
