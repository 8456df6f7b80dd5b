import type { TransportClose, TransportHandler } from '@arcp/protocol/transport'

/** Holds what arrives until a transport is started, then hands everything over in order, the close last and once. */
export class Inbox {
  #handler: TransportHandler | undefined
  #held: string[] | undefined = []
  #close: TransportClose | undefined
  #deaf = false

  /** Whether frames are held, because nobody has started the transport yet. */
  get holds(): boolean {
    return this.#held !== undefined
  }

  start(handler: TransportHandler): void {
    if (this.#handler) throw new Error('a transport is started once')
    this.#handler = handler
    queueMicrotask(() => this.#release(handler))
  }

  /** From now on frames are dropped: the owner has closed. */
  deafen(): void {
    this.#deaf = true
  }

  frame(text: string): void {
    if (this.#deaf) return
    if (this.#held) this.#held.push(text)
    else this.#handler?.frame(text)
  }

  drain(): void {
    if (!this.#close) this.#handler?.drain()
  }

  /** The transport has ended; only the first call counts. */
  close(info: TransportClose): void {
    if (this.#close) return
    this.#close = info
    if (!this.#held) this.#handler?.close(info)
  }

  #release(handler: TransportHandler): void {
    const held = this.#held ?? []
    for (let frame = held.shift(); frame !== undefined && !this.#deaf; frame = held.shift())
      handler.frame(frame)
    this.#held = undefined
    if (this.#close) handler.close(this.#close)
  }
}
