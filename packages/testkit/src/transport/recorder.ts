import type { Transport, TransportClose } from '@arcp/protocol/transport'

/** What one end of a transport has been told, and ways to wait for more of it. */
export interface Recorder {
  /** Every frame so far, in order. */
  readonly frames: readonly string[]
  /** Every close so far; a correct transport tells one. */
  readonly closes: readonly TransportClose[]
  /** How often the buffer was told to have drained. */
  readonly drains: number
  /** Settles with the first close. */
  readonly closed: Promise<TransportClose>
  /** Settles once `condition` holds; looked at again whenever the transport tells something. */
  until(condition: () => boolean): Promise<void>
}

/**
 * Starts `transport` and records what it tells.
 *
 * @param onFrame Called with each frame after it has been recorded.
 */
export function record(transport: Transport, onFrame?: (frame: string) => void): Recorder {
  const frames: string[] = []
  const closes: TransportClose[] = []
  let drains = 0
  let waiting: { condition: () => boolean; resolve: () => void }[] = []
  let tellClosed!: (info: TransportClose) => void
  const closed = new Promise<TransportClose>((resolve) => {
    tellClosed = resolve
  })

  function changed(): void {
    const ready = waiting.filter((wait) => wait.condition())
    waiting = waiting.filter((wait) => !ready.includes(wait))
    for (const wait of ready) wait.resolve()
  }

  transport.start({
    frame(text) {
      frames.push(text)
      onFrame?.(text)
      changed()
    },
    close(info) {
      closes.push(info)
      tellClosed(info)
      changed()
    },
    drain() {
      drains++
      changed()
    },
  })

  return {
    frames,
    closes,
    closed,
    get drains() {
      return drains
    },
    until: (condition) =>
      condition() ? Promise.resolve() : new Promise((resolve) => waiting.push({ condition, resolve })),
  }
}
