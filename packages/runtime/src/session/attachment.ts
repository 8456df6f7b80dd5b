import { type ArcpError, type Clock, type CloseReason, Heartbeat } from '@arcp/protocol'
import { CloseCode } from '@arcp/protocol/transport'
import type { RunQueue } from '../scheduling/run-queue'
import type { Connection, ReplyHeader } from './connection'
import type { AckWindow } from './credit'
import type { Cursor } from './cursor'
import type { Numbering, Run } from './numbering'
import { type Channel, type Obstacle, SessionPump } from './pump'

/** What an {@link Attachment} needs. */
export interface AttachmentParts {
  readonly sessionId: string
  readonly connection: Connection
  readonly numbering: Numbering<Cursor>
  readonly replay: readonly Run<Cursor>[]
  readonly runQueue: RunQueue
  readonly clock: Clock
  /** How far it may be ahead of acknowledgements; none when they were not agreed. */
  readonly ackWindow: AckWindow | undefined
  readonly sendBufferBytes: number
  readonly slowConsumerMs: number
  /** How long either side may be silent, in milliseconds; none when it was not agreed. */
  readonly heartbeatMs: number | undefined
  readonly onFinished: (cursor: Cursor) => void
  readonly onBehind: (cursor: Cursor) => void
  readonly onStalled: (by: Obstacle) => void
}

/** The stretch of a session that one connection carries. */
export class Attachment implements Channel {
  readonly connection: Connection
  readonly pump: SessionPump
  readonly #heartbeat: Heartbeat | undefined
  #unanswered: Set<string> | undefined

  constructor(parts: AttachmentParts) {
    const { connection, runQueue, clock, heartbeatMs } = parts
    const tooSlow = () => connection.end('slow_consumer', CloseCode.policyViolation)
    this.connection = connection
    this.pump = new SessionPump({
      ...parts,
      channel: this,
      nextId: connection.nextId,
      onReady: (pump) => runQueue.add(pump),
      onGap: tooSlow,
      onSlow: tooSlow,
    })
    if (heartbeatMs === undefined) return
    this.#heartbeat = new Heartbeat({
      clock,
      intervalMs: heartbeatMs,
      ping: () => connection.ping(),
      onLost: () => connection.end('heartbeat_lost', CloseCode.policyViolation, { resume: true }),
    })
  }

  /** The `id`s of submits that came by it and wait for their answer. */
  get unanswered(): Set<string> {
    this.#unanswered ??= new Set()
    return this.#unanswered
  }

  get bufferedBytes(): number {
    return this.connection.transport.bufferedBytes
  }

  sendFrames(frames: readonly string[]): void {
    this.#heartbeat?.sent()
    this.connection.transport.send(frames)
  }

  send(type: string, payload: object, header?: ReplyHeader): void {
    this.#heartbeat?.sent()
    this.connection.send(type, payload, header)
  }

  fail(requestId: string, error: ArcpError): void {
    this.#heartbeat?.sent()
    this.connection.fail(requestId, error)
  }

  /** A frame has arrived. */
  received(): void {
    this.#heartbeat?.received()
  }

  /** Ends the connection, saying why. */
  end(
    reason: CloseReason,
    code: number,
    more?: { readonly resume?: boolean; readonly retry_after_ms?: number },
  ): void {
    this.connection.end(reason, code, more)
  }

  /** Nothing is sent any more, and nobody waits for a frame. */
  detach(): void {
    this.#heartbeat?.stop()
    this.pump.close()
  }
}
