import type { Timer, Timers } from '@arcp/protocol'
import {
  CloseCode,
  type Transport,
  type TransportClose,
  type TransportHandler,
} from '@arcp/protocol/transport'
import { fitReason } from './close-reason'
import { Inbox } from './inbox'

/** What {@link NativeTransport} needs to know of its owner's options. */
export interface NativeTransportSettings {
  readonly closeTimeoutMs: number
  readonly maxFrameBytes: number
  readonly clock: Timers
}

/** Browsers have no event for a drained buffer; while it holds something, it is looked at this often. */
const DRAIN_POLL_MS = 10

/** A transport over an open WebSocket of the platform. `docs/protocol.md` §12. */
export class NativeTransport implements Transport {
  readonly #socket: WebSocket
  readonly #settings: NativeTransportSettings
  readonly #inbox = new Inbox()
  #heldLength = 0
  #ending: TransportClose | undefined
  #cutOff: Timer | undefined
  #poll: Timer | undefined

  constructor(socket: WebSocket, settings: NativeTransportSettings) {
    this.#socket = socket
    this.#settings = settings
    socket.onmessage = (event) => this.#message(event.data)
    socket.onclose = ({ code, reason }) => this.#end({ code, reason })
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  start(handler: TransportHandler): void {
    this.#inbox.start(handler)
  }

  send(frames: readonly string[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    for (const frame of frames) this.#socket.send(frame)
    this.#poll ??= this.#pollSoon()
  }

  close(code: number = CloseCode.normal, reason = ''): void {
    this.#inbox.deafen()
    if (this.#cutOff || this.#socket.readyState === WebSocket.CLOSED) return
    if (this.#socket.readyState === WebSocket.OPEN) this.#ending = { code, reason }
    const wait = code === CloseCode.abnormal ? 0 : this.#settings.closeTimeoutMs
    this.#cutOff = this.#settings.clock.setTimer(wait, () =>
      this.#end({ code: CloseCode.abnormal, reason: 'cut off' }),
    )
    if (code === CloseCode.abnormal) this.#socket.close()
    else this.#socket.close(sendable(code), fitReason(reason))
  }

  #message(data: unknown): void {
    const { maxFrameBytes } = this.#settings
    if (typeof data !== 'string') {
      this.close(CloseCode.unsupportedData, 'frames are text')
      return
    }
    if (this.#inbox.holds) this.#heldLength += data.length
    if (this.#heldLength > maxFrameBytes || exceeds(data, maxFrameBytes)) {
      this.close(CloseCode.messageTooBig, 'frame too large')
    } else this.#inbox.frame(data)
  }

  #end(info: TransportClose): void {
    this.#cutOff?.cancel()
    this.#poll?.cancel()
    this.#inbox.close(this.#ending ?? info)
  }

  #pollSoon(): Timer {
    return this.#settings.clock.setTimer(DRAIN_POLL_MS, () => {
      const empty = this.#socket.bufferedAmount === 0
      this.#poll = empty ? undefined : this.#pollSoon()
      if (empty) this.#inbox.drain()
    })
  }
}

/** Pages may send 1000 and 3000 to 4999 only; the others travel 3000 higher: 1009 as 4009. */
function sendable(code: number): number {
  return code === CloseCode.normal || code >= 3000 ? code : code + 3000
}

/** Whether `text` takes more bytes of UTF-8 than `limit`; looked at closely only where its length leaves it open. */
function exceeds(text: string, limit: number): boolean {
  if (text.length > limit) return true
  return text.length * 3 > limit && new TextEncoder().encode(text).length > limit
}
