import { utf8Length } from '@arcp/protocol'
import type { Transport, TransportHandler } from '@arcp/protocol/transport'

/** A transport whose peer stops reading when told to. */
export interface HeldTransport extends Transport {
  /** From now on nothing leaves; it counts as buffered. */
  hold(): void
  /** So many of the frames held leave. */
  letLeave(frames: number): void
  /** Everything held leaves, and nothing is held any more. */
  letGo(): void
}

export function heldTransport(inner: Transport): HeldTransport {
  let handler: TransportHandler | undefined
  let waiting: string[] | undefined
  let waitingBytes = 0
  return {
    start(given) {
      handler = given
      inner.start({
        frame: (text) => given.frame(text),
        close: (info) => given.close(info),
        drain: () => {
          if (!waiting) given.drain()
        },
      })
    },
    send(frames) {
      if (!waiting) {
        inner.send(frames)
        return
      }
      waiting.push(...frames)
      for (const frame of frames) waitingBytes += utf8Length(frame)
    },
    close: (code, reason) => inner.close(code, reason),
    get bufferedBytes() {
      return inner.bufferedBytes + waitingBytes
    },
    hold() {
      waiting ??= []
    },
    letLeave(count) {
      const frames = waiting?.splice(0, count) ?? []
      for (const frame of frames) waitingBytes -= utf8Length(frame)
      inner.send(frames)
      handler?.drain()
    },
    letGo() {
      const frames = waiting ?? []
      waiting = undefined
      waitingBytes = 0
      inner.send(frames)
      handler?.drain()
    },
  }
}
