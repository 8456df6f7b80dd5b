import { type IdSource, isTerminalType } from '@arcp/protocol'
import type { Transport } from '@arcp/protocol/transport'
import type { Pump } from '../scheduling/run-queue'
import type { Cursor } from './cursor'
import { Numbering } from './numbering'

/** What a {@link SessionPump} needs. */
export interface SessionPumpParts {
  readonly sessionId: string
  readonly transport: Transport
  readonly nextId: IdSource
  /** Bytes that may wait in the transport before events are held back. */
  readonly sendBufferBytes: number
  /** Asks for a turn. */
  readonly onReady: (pump: SessionPump) => void
  /** A job's last event has been sent. */
  readonly onFinished: (cursor: Cursor) => void
  /** A log has let go of what a cursor would read next. */
  readonly onBehind: (cursor: Cursor) => void
}

/**
 * Reads the logs a session follows, numbers what it reads and sends it, as far as the transport keeps up. An append
 * only wakes it; what is sent, and when, is decided here. `docs/protocol.md` §5.
 */
export class SessionPump implements Pump {
  readonly #parts: SessionPumpParts
  readonly #numbering = new Numbering<Cursor>()
  readonly #head: string
  #ready: Cursor[] = []
  #outbox: string[] = []
  #outboxSize = 0
  #queued = false
  /** Held back until what the transport buffers has left. */
  #blocked = false
  #closed = false

  constructor(parts: SessionPumpParts) {
    this.#parts = parts
    this.#head = `"session_id":${JSON.stringify(parts.sessionId)},`
  }

  /** A cursor has found something to read. */
  add(cursor: Cursor): void {
    if (this.#closed) return
    cursor.queued = true
    this.#ready.push(cursor)
    this.#request()
  }

  get hasWork(): boolean {
    this.#queued = this.#ready.length > 0 && !this.#blocked
    return this.#queued
  }

  step(limit: number): number {
    const { transport, sendBufferBytes } = this.#parts
    if (transport.bufferedBytes + this.#outboxSize > sendBufferBytes) this.#blocked = true
    if (this.#blocked || this.#closed) return 0
    const cursor = this.#ready.shift()
    if (!cursor) return 0
    const sent = this.#read(cursor, limit)
    if (cursor.isBehind) {
      this.#parts.onBehind(cursor)
      return sent
    }
    cursor.queued = cursor.hasMore
    if (cursor.queued) this.#ready.push(cursor)
    return sent
  }

  flush(): void {
    if (this.#outbox.length === 0) return
    const frames = this.#outbox
    this.#outbox = []
    this.#outboxSize = 0
    if (!this.#closed) this.#parts.transport.send(frames)
  }

  /** Bytes have left the transport. */
  drained(): void {
    if (this.#parts.transport.bufferedBytes > 0) return
    this.#numbering.acknowledge(this.#numbering.lastEventSeq, (cursor, seq) => cursor.acknowledge(seq))
    this.#blocked = false
    this.#request()
  }

  /** Sends nothing any more. */
  close(): void {
    this.#closed = true
    this.#ready = []
    this.#outbox = []
  }

  #request(): void {
    if (this.#queued || this.#blocked || this.#closed || this.#ready.length === 0) return
    this.#queued = true
    this.#parts.onReady(this)
  }

  #read(cursor: Cursor, limit: number): number {
    const { nextId, sendBufferBytes, onFinished } = this.#parts
    let sent = 0
    while (sent < limit && this.#outboxSize <= sendBufferBytes) {
      const entry = cursor.take()
      if (!entry) break
      const eventSeq = this.#numbering.next(cursor, entry.seq)
      const payload = cursor.payloadOf(entry)
      this.#outbox.push(
        `{"arcp":"1.1","id":"${nextId()}","type":${typeText(entry.type)},${this.#head}${cursor.identity},"event_seq":${eventSeq},"payload":${payload}}`,
      )
      this.#outboxSize += payload.length
      sent++
      if (isTerminalType(entry.type)) onFinished(cursor)
    }
    return sent
  }
}

/** A type as JSON; this protocol's own need no escaping. */
function typeText(type: string): string {
  return type.startsWith('job.') ? `"${type}"` : JSON.stringify(type)
}
