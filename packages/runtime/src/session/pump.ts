import { type Clock, type IdSource, isTerminalType } from '@arcp/protocol'
import type { LogEntry } from '@arcp/protocol/store'
import type { Pump } from '../scheduling/run-queue'
import { type AckWindow, Credit } from './credit'
import type { Cursor } from './cursor'
import type { Numbering, Run } from './numbering'
import { Patience } from './patience'

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
  readonly clock: Clock
  /** How far it may be ahead of the client's acknowledgements; without it, as far as the transport takes. */
  readonly ackWindow: AckWindow | undefined
  /** Bytes that may wait in the transport before events are held back. */
  readonly sendBufferBytes: number
  /** How long events may wait for a client that takes none, in milliseconds. */
  readonly slowConsumerMs: number
  /** Asks for a turn. */
  readonly onReady: (pump: SessionPump) => void
  /** A job's last event has been sent. */
  readonly onFinished: (cursor: Cursor) => void
  /** A log has let go of what a cursor would read next. */
  readonly onBehind: (cursor: Cursor) => void
  /** A log has let go of what was to be sent again: the numbers cannot go on. */
  readonly onGap: () => void
  /** Events have waited for too long. */
  readonly onSlow: () => void
  /** Events have begun to wait. */
  readonly onStalled: (by: Obstacle) => void
}

/** What events wait for. */
export type Obstacle = 'transport' | 'credit'

/**
 * Reads the logs a session follows, numbers what it reads and sends it, as far as the client's credit reaches and the
 * transport keeps up. An append only wakes it; what is sent, and when, is decided here. `docs/protocol.md` §5.
 */
export class SessionPump implements Pump {
  readonly #parts: SessionPumpParts
  readonly #head: string
  readonly #credit: Credit | undefined
  readonly #patience: Patience
  #replay: readonly Run<Cursor>[]
  #ready: Cursor[] = []
  #outbox: string[] = []
  #outboxSize = 0
  #lastEventSeq: number
  #queued = false
  #obstacle: Obstacle | undefined
  /** What waited in the transport when it became an obstacle. */
  #bufferedThen = 0
  #closed = false
  /** Whether what is sent waits in the transport, which tells when it has left; what it drops then is not mistaken for that. */
  #tellsDrains = false

  constructor(parts: SessionPumpParts) {
    const { sessionId, numbering, replay, ackWindow, clock, slowConsumerMs } = parts
    const [again] = replay
    this.#parts = parts
    this.#replay = replay
    this.#head = `"session_id":${JSON.stringify(sessionId)},`
    this.#lastEventSeq = again ? again.firstEventSeq - 1 : numbering.lastEventSeq
    this.#credit = ackWindow && new Credit(ackWindow, this.#lastEventSeq)
    this.#patience = new Patience({ clock, ms: slowConsumerMs, onOver: () => this.#overdue() })
  }

  /** The number sent last, whether over this connection or before it. */
  get lastEventSeq(): number {
    return this.#lastEventSeq
  }

  /** Whether there is something that the transport has not been handed yet. */
  get hasUnsent(): boolean {
    return this.#waits || this.#outbox.length > 0
  }

  /** Asks for a first turn, where something is to be sent again. Called right after the welcome has been sent. */
  begin(): void {
    this.#tellsDrains = this.#parts.channel.bufferedBytes > 0
    this.#request()
  }

  /** A cursor has found something to read. */
  add(cursor: Cursor): void {
    if (this.#closed) return
    cursor.queued = true
    this.#ready.push(cursor)
    if (this.#obstacle) this.#patience.begin()
    this.#request()
  }

  get hasWork(): boolean {
    this.#queued = this.#waits && !this.#obstacle
    return this.#queued
  }

  step(limit: number): number {
    const { channel, sendBufferBytes } = this.#parts
    if (this.#obstacle || this.#closed) return 0
    if (channel.bufferedBytes + this.#outboxSize > sendBufferBytes) {
      this.#stop('transport')
      return 0
    }
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
    // One whose turn brought nothing keeps it: others' smaller events would use up its credit again and again.
    if (cursor.queued && sent === 0) this.#ready.unshift(cursor)
    else if (cursor.queued) this.#ready.push(cursor)
    return sent
  }

  flush(): void {
    if (this.#outbox.length === 0) return
    const frames = this.#outbox
    this.#outbox = []
    this.#outboxSize = 0
    if (this.#closed) return
    const { channel } = this.#parts
    channel.sendFrames(frames)
    // A transport in which nothing ever waits has no reason to say that it has drained.
    if (!this.#tellsDrains && channel.bufferedBytes === 0) this.drained()
  }

  /** The client has taken in everything up to `eventSeq`. */
  acknowledged(eventSeq: number): void {
    if (this.#credit?.earn(eventSeq) && this.#obstacle === 'credit') this.#goOn()
  }

  /** Bytes have left the transport. Where nothing is acknowledged, what has left counts as taken in. */
  drained(): void {
    const { channel, numbering } = this.#parts
    const isObstacle = this.#obstacle === 'transport'
    if (channel.bufferedBytes > 0) {
      if (isObstacle) this.#patience.end()
      if (isObstacle) this.#patience.begin()
      return
    }
    if (!this.#credit) numbering.acknowledge(this.#lastEventSeq, (cursor, seq) => cursor.acknowledge(seq))
    if (isObstacle) this.#goOn()
  }

  /** Sends nothing any more. */
  close(): void {
    this.#closed = true
    this.#patience.end()
    for (const cursor of this.#ready) cursor.queued = false
    this.#ready = []
    this.#replay = []
    this.#outbox = []
  }

  #request(): void {
    if (this.#queued || this.#obstacle || this.#closed || !this.#waits) return
    this.#queued = true
    this.#parts.onReady(this)
  }

  get #waits(): boolean {
    return this.#ready.length > 0 || this.#replay.length > 0
  }

  #stop(obstacle: Obstacle): void {
    if (!this.#obstacle) this.#parts.onStalled(obstacle)
    this.#obstacle = obstacle
    this.#bufferedThen = this.#parts.channel.bufferedBytes
    this.#patience.begin()
  }

  #goOn(): void {
    this.#obstacle = undefined
    this.#patience.end()
    this.#request()
  }

  /** Nothing was heard of what events wait for. They may have gone elsewhere, or bytes left and nobody said so. */
  #overdue(): void {
    const { channel, onSlow } = this.#parts
    const waits = this.#replay.length > 0 || this.#ready.some((cursor) => cursor.hasMore || cursor.isBehind)
    if (!waits) return
    const buffered = channel.bufferedBytes
    if (this.#obstacle === 'transport' && buffered < this.#bufferedThen) this.#stop('transport')
    else onSlow()
  }

  #read(cursor: Cursor, limit: number): number {
    const { numbering, sendBufferBytes, onFinished } = this.#parts
    let sent = 0
    while (sent < limit && this.#outboxSize <= sendBufferBytes) {
      const entry = cursor.next
      if (!entry) break
      const payload = cursor.payloadOf(entry)
      if (!this.#isCovered(payload)) break
      cursor.advance()
      this.#push(cursor, entry, payload, numbering.next(cursor, entry.seq))
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
      const payload = run.owner.payloadOf(entry)
      if (!this.#isCovered(payload)) break
      this.#push(run.owner, entry, payload, run.firstEventSeq + sent)
      sent++
    }
    const rest = run.count - sent
    const later = this.#replay.slice(1)
    const { owner, firstEventSeq, firstSeq } = run
    const left = { owner, firstEventSeq: firstEventSeq + sent, firstSeq: firstSeq + sent, count: rest }
    this.#replay = rest > 0 ? [left, ...later] : later
    return sent
  }

  /** Whether there is credit for it; if not, everything waits until there is. */
  #isCovered(payload: string): boolean {
    if (!this.#credit || this.#credit.allows(payload.length)) return true
    this.#stop('credit')
    return false
  }

  #push(cursor: Cursor, entry: LogEntry, payload: string, eventSeq: number): void {
    this.#credit?.spend(payload.length)
    this.#lastEventSeq = eventSeq
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
