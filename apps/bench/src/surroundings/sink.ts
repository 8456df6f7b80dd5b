import type { Transport, TransportHandler } from '@arcp/protocol/transport'

/** A transport that ends here: it counts the progress it is to send, and costs nothing. */
export class Sink implements Transport {
  readonly bufferedBytes = 0
  /** Frames of progress that were sent. */
  events = 0
  #awaited = { type: '', sent: () => {} }
  #handler: TransportHandler | undefined
  readonly #ids = (function* () {
    for (let id = 1; ; id++) yield `req_${id}`
  })()

  start(handler: TransportHandler): void {
    this.#handler = handler
  }

  send(frames: readonly string[]): void {
    for (const frame of frames) {
      if (frame.includes('"type":"job.progress"')) this.events++
      else if (frame.includes(`"type":"${this.#awaited.type}"`)) this.#awaited.sent()
    }
    queueMicrotask(() => this.#handler?.drain())
  }

  close(): void {}

  /** Hands the runtime a frame; resolves when it sends one of the type that is waited for. */
  request(type: string, payload: object, awaited: string): Promise<void> {
    const id = this.#ids.next().value
    return new Promise((sent) => {
      this.#awaited = { type: awaited, sent }
      this.#handler?.frame(JSON.stringify({ arcp: '1.1', id, type, payload }))
    })
  }
}
