import { on, once } from 'node:events'
import { WebSocket } from 'ws'

/** A frame as it arrived: parsed, not checked. */
export interface Frame {
  readonly id: string
  readonly type: string
  readonly session_id?: string
  readonly job_id?: string
  readonly trace_id?: string
  readonly event_seq?: number
  readonly payload: Readonly<Record<string, unknown>>
}

/** A conversation with a runtime that uses nothing but a WebSocket and `JSON`. Disposing closes it. */
export interface Wire extends AsyncDisposable {
  /** What the handshake agreed on beside WebSocket itself. */
  readonly agreed: { readonly subprotocol: string; readonly extensions: string }
  /** Settles with the code and reason the socket closed with. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** Sends text and bytes as they are, anything else as JSON. */
  send(frame: unknown): void
  /** The next frame, in the order of arrival. Rejects when the socket closes before it. */
  next(): Promise<Frame>
}

/** Opens a WebSocket to a runtime. */
export async function openWire(url: string): Promise<Wire> {
  const socket = new WebSocket(url)
  const messages = on(socket, 'message', { close: ['close'] })
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
  await once(socket, 'open')
  return {
    agreed: { subprotocol: socket.protocol, extensions: socket.extensions },
    closed,
    send: (frame) =>
      socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
    async next() {
      const { value, done } = await messages.next()
      if (done) throw new Error('the socket closed')
      const [data, isBinary] = value as [Buffer, boolean]
      if (isBinary) throw new Error('a binary frame came')
      return JSON.parse(String(data))
    },
    async [Symbol.asyncDispose]() {
      socket.close()
      await closed
    },
  }
}
