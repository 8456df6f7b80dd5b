import { utf8Length } from '../utf8'
import {
  type Acceptor,
  CloseCode,
  type Dialer,
  type Transport,
  type TransportClose,
  type TransportHandler,
} from './transport'

/** Options of {@link memoryPair}. */
export interface MemoryPairOptions {
  /** The largest frame in bytes either end takes; a larger one closes the pair with 1009. Default 1 MiB. */
  readonly maxFrameBytes?: number
}

/**
 * Two transports joined in memory: what one sends the other receives, in a later microtask.
 *
 * The ends behave as a socket's do: order is kept, a close follows the frames sent before it, and sending after it is
 * harmless.
 */
export function memoryPair(options: MemoryPairOptions = {}): [Transport, Transport] {
  const limit = options.maxFrameBytes ?? 1024 * 1024
  const left = new MemoryEnd(limit)
  const right = new MemoryEnd(limit)
  left.join(right)
  right.join(left)
  return [left, right]
}

/** A dialer whose every attempt opens a memory pair and hands the other end to `acceptor`. */
export function memoryDialer(acceptor: Acceptor): Dialer {
  return {
    async open(signal) {
      signal.throwIfAborted()
      const [near, far] = memoryPair({ maxFrameBytes: acceptor.maxFrameBytes })
      acceptor.accept(far, { transport: 'memory' })
      return near
    },
  }
}

class MemoryEnd implements Transport {
  #peer!: MemoryEnd
  #handler: TransportHandler | undefined
  #inbox: string[] = []
  #scheduled = false
  #closing: TransportClose | undefined
  #deaf = false
  #closed = false
  bufferedBytes = 0

  constructor(readonly limit: number) {}

  join(peer: MemoryEnd): void {
    this.#peer = peer
  }

  start(handler: TransportHandler): void {
    if (this.#handler) throw new Error('a transport is started once')
    this.#handler = handler
    this.#schedule()
  }

  send(frames: readonly string[]): void {
    if (this.#closing) return
    for (const frame of frames) {
      const bytes = utf8Length(frame)
      if (bytes > this.limit) {
        this.close(CloseCode.messageTooBig, 'frame too large')
        return
      }
      this.bufferedBytes += bytes
      this.#peer.#inbox.push(frame)
    }
    this.#peer.#schedule()
  }

  close(code: number = CloseCode.normal, reason = ''): void {
    this.#deaf = true
    if (this.#closing) return
    const info = { code, reason }
    this.#end(info)
    this.#peer.#end(info)
  }

  #end(info: TransportClose): void {
    this.#closing ??= info
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || !this.#handler || this.#closed) return
    this.#scheduled = true
    queueMicrotask(() => this.#deliver())
  }

  #deliver(): void {
    this.#scheduled = false
    const handler = this.#handler
    if (!handler) return
    const frames = this.#inbox
    this.#inbox = []
    for (const frame of frames) {
      if (this.#deaf) break
      handler.frame(frame)
    }
    if (frames.length > 0) this.#peer.#drained()
    if (!this.#closing || this.#closed) return
    if (this.#inbox.length > 0) {
      this.#schedule()
      return
    }
    this.#closed = true
    handler.close(this.#closing)
  }

  #drained(): void {
    let waiting = 0
    for (const frame of this.#peer.#inbox) waiting += utf8Length(frame)
    this.bufferedBytes = waiting
    if (!this.#closed) this.#handler?.drain()
  }
}
