import type { Duplex } from 'node:stream'
import type { Timer, Timers } from '@arcp/protocol'
import {
  CloseCode,
  type Transport,
  type TransportClose,
  type TransportHandler,
} from '@arcp/protocol/transport'
import type { RawData, WebSocket } from 'ws'
import { fitReason } from './close-reason'
import { Inbox } from './inbox'

const OPEN = 1
const CLOSED = 3
const TEXT = { binary: false }
const PROTOCOL_ERROR = 1002
const INVALID_TEXT = 1007

/** What {@link WsTransport} needs to know of its owner's options. */
export interface WsTransportSettings {
  readonly closeTimeoutMs: number
  readonly clock: Timers
}

/** A transport over an open `ws` socket, dialled or accepted. `docs/protocol.md` §12. */
export class WsTransport implements Transport {
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #settings: WsTransportSettings
  readonly #inbox = new Inbox()
  readonly #written = (error?: Error | null) => {
    if (!error) this.#inbox.drain()
  }
  #corked = false
  #ending: TransportClose | undefined
  #cutOff: Timer | undefined

  /** @param socket What `ws` writes to; corked around a batch. */
  constructor(ws: WebSocket, socket: Duplex, settings: WsTransportSettings) {
    this.#ws = ws
    this.#socket = socket
    this.#settings = settings
    // Unread, the peer is held back by the network; nothing piles up here while nobody has started this.
    ws.pause()
    ws.on('message', (data, isBinary) => this.#message(data, isBinary))
    ws.on('error', (error: Error & { code?: string }) => {
      this.#ending ??= { code: codeOf(error.code), reason: error.message }
    })
    ws.on('close', (code, reason) => {
      this.#cutOff?.cancel()
      this.#inbox.close(this.#ending ?? { code, reason: reason.toString() })
    })
    // After the peer's FIN, `ws` itself would wait without limit for unread bytes to leave.
    socket.once('end', () => this.#cutOffSoon())
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  start(handler: TransportHandler): void {
    this.#inbox.start(handler)
    this.#ws.resume()
  }

  send(frames: readonly string[]): void {
    const last = frames.length - 1
    if (last < 0 || this.#ws.readyState !== OPEN) return
    this.#cork()
    for (let i = 0; i < last; i++) this.#ws.send(encode(frames[i]), TEXT)
    this.#ws.send(encode(frames[last]), TEXT, this.#written)
  }

  close(code: number = CloseCode.normal, reason = ''): void {
    this.#inbox.deafen()
    if (this.#ws.readyState === OPEN) {
      if (code === CloseCode.abnormal) this.#ws.terminate()
      else this.#ws.close(code, fitReason(reason))
      this.#ending ??= { code, reason }
    }
    // The peer's confirmation has to be read, even if nothing has been so far.
    this.#ws.resume()
    this.#cutOffSoon()
  }

  /** What is sent up to the end of this turn of the event loop leaves as one write: a write costs more than a frame. */
  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    setImmediate(WsTransport.#uncork, this)
  }

  static #uncork(transport: WsTransport): void {
    transport.#corked = false
    transport.#socket.uncork()
  }

  #message(data: RawData, isBinary: boolean): void {
    if (isBinary) this.close(CloseCode.unsupportedData, 'frames are text')
    else this.#inbox.frame(data.toString())
  }

  #cutOffSoon(): void {
    if (this.#cutOff || this.#ws.readyState === CLOSED) return
    const { clock, closeTimeoutMs } = this.#settings
    this.#cutOff = clock.setTimer(closeTimeoutMs, () => this.#ws.terminate())
  }
}

/** Encoded here and not by `ws`, so that what is buffered counts in bytes. */
function encode(frame: string | undefined): Buffer {
  return Buffer.from(frame ?? '')
}

/** What `ws` tells the peer after a frame it cannot take. */
function codeOf(error: string | undefined): number {
  switch (error) {
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
      return CloseCode.messageTooBig
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return CloseCode.policyViolation
    case 'WS_ERR_INVALID_UTF8':
      return INVALID_TEXT
    default:
      return PROTOCOL_ERROR
  }
}
