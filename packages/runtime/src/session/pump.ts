import { type IdSource, isTerminalType } from '@arcp/protocol'
import type { LogEntry } from '@arcp/protocol/store'
import type { Pump } from '../scheduling/run-queue'
import type { Cursor } from './cursor'
import type { Numbering, Run } from './numbering'

/** What a pump sends into. */
export interface Channel {
  readonly bufferedBytes: number
  sendFrames(frames: readonly string[]): void
}

/** What a {@link SessionPump} needs. */
export interface SessionPumpParts {
  readonly sessionId: string
  /** Outlives the pump, as the session outlives the transport. */
  readonly numbering: Numbering<Cursor>
  readonly channel: Channel
  /** What was sent before, under these numbers, and is to be sent again first. */
  readonly replay: readonly Run<Cursor>[]
  readonly nextId: IdSource
  /** Bytes that may wait in the transport before events are held back. */
  readonly sendBufferBytes: number
  /** Asks for a turn. */
  readonly onReady: (pump: SessionPump) => void
  /** A job's last event has been sent. */
  readonly onFinished: (cursor: Cursor) => void
  /** A log has let go of what a cursor would read next. */
  readonly onBehind: (cursor: Cursor) => void
  /** A log has let go of what was to be sent again: the numbers cannot go on. */
  readonly onGap: () => void
}

/**
 * Reads the logs a session follows, numbers what it reads and sends it, as far as the transport keeps up. An append
 * only wakes it; what is sent, and when, is decided here. `docs/protocol.md` §5.
 */
export class SessionPump implements Pump {
  readonly #parts: SessionPumpParts
  readonly #head: string
  #replay: readonly Run<Cursor>[]
  #ready: Cursor[] = []
  #outbox: string[] = []
  #outboxSize = 0
  #queued = false
  /** Held back until what the transport buffers has left. */
  #blocked = false
  #closed = false

  constructor(parts: SessionPumpParts) {
    this.#parts = parts
    this.#replay = parts.replay
    this.#head = `"session_id":${JSON.stringify(parts.sessionId)},`
  }

  /** Asks for a first turn, where something is to be sent again. */
  begin(): void {
    this.#request()
  }

  /** A cursor has found something to read. */
  add(cursor: Cursor): void {
    if (this.#closed) return
    cursor.queued = true
    this.#ready.push(cursor)
    this.#request()
  }

  get hasWork(): boolean {
    this.#queued = this.#waits && !this.#blocked
    return this.#queued
  }

  step(limit: number): number {
    const { channel, sendBufferBytes } = this.#parts
    if (channel.bufferedBytes + this.#outboxSize > sendBufferBytes) this.#blocked = true
    if (this.#blocked || this.#closed) return 0
    const again = this.#replay[0]
    if (again) return this.#resend(again, limit)
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
    if (!this.#closed) this.#parts.channel.sendFrames(frames)
  }

  /** Bytes have left the transport. */
  drained(): void {
    const { channel, numbering } = this.#parts
    if (channel.bufferedBytes > 0) return
    if (this.#replay.length === 0) {
      numbering.acknowledge(numbering.lastEventSeq, (cursor, seq) => cursor.acknowledge(seq))
    }
    this.#blocked = false
    this.#request()
  }

  /** Sends nothing any more. */
  close(): void {
    this.#closed = true
    for (const cursor of this.#ready) cursor.queued = false
    this.#ready = []
    this.#replay = []
    this.#outbox = []
  }

  #request(): void {
    if (this.#queued || this.#blocked || this.#closed || !this.#waits) return
    this.#queued = true
    this.#parts.onReady(this)
  }

  get #waits(): boolean {
    return this.#ready.length > 0 || this.#replay.length > 0
  }

  #read(cursor: Cursor, limit: number): number {
    const { numbering, sendBufferBytes, onFinished } = this.#parts
    let sent = 0
    while (sent < limit && this.#outboxSize <= sendBufferBytes) {
      const entry = cursor.take()
      if (!entry) break
      this.#push(cursor, entry, numbering.next(cursor, entry.seq))
      sent++
      if (isTerminalType(entry.type)) onFinished(cursor)
    }
    return sent
  }

  #resend(run: Run<Cursor>, limit: number): number {
    let sent = 0
    while (sent < Math.min(limit, run.count)) {
      const entry = run.owner.log.read(run.firstSeq + sent)
      if (!entry) {
        this.#parts.onGap()
        return sent
      }
      this.#push(run.owner, entry, run.firstEventSeq + sent)
      sent++
    }
    const rest = run.count - sent
    const later = this.#replay.slice(1)
    const { owner, firstEventSeq, firstSeq } = run
    const left = { owner, firstEventSeq: firstEventSeq + sent, firstSeq: firstSeq + sent, count: rest }
    this.#replay = rest > 0 ? [left, ...later] : later
    return sent
  }

  #push(cursor: Cursor, entry: LogEntry, eventSeq: number): void {
    const payload = cursor.payloadOf(entry)
    this.#outbox.push(
      `{"arcp":"1.1","id":"${this.#parts.nextId()}","type":${typeText(entry.type)},${this.#head}${cursor.identity},"event_seq":${eventSeq},"payload":${payload}}`,
    )
    this.#outboxSize += payload.length
  }
}

/** A type as JSON; this protocol's own need no escaping. */
function typeText(type: string): string {
  return type.startsWith('job.') ? `"${type}"` : JSON.stringify(type)
}
