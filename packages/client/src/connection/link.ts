import { Heartbeat, type HeartbeatParts, type SessionWelcome } from '@arcp/protocol'
import type { Transport } from '@arcp/protocol/transport'

/** How long a runtime has to answer when a page comes back to life, in milliseconds. */
const PROBE_MS = 5_000

/** One transport that carries the session, and whether anybody is there at its other end. `docs/protocol.md` §2. */
export class Link {
  /** Settles when the transport has ended. */
  readonly gone: Promise<void>
  /** Says that it has. */
  lost!: () => void
  /** When the session began to use it, by the monotonic clock. */
  readonly since: number
  readonly #transport: Transport
  readonly #heartbeat: Heartbeat | undefined

  /** @param parts what the heartbeat needs, where the runtime wants one */
  constructor(transport: Transport, welcome: SessionWelcome, parts: Omit<HeartbeatParts, 'intervalMs'>) {
    this.#transport = transport
    this.since = parts.clock.monotonic()
    this.gone = new Promise((resolve) => {
      this.lost = resolve
    })
    const { heartbeat_interval_sec: seconds = 0 } = welcome
    if (welcome.capabilities.features.includes('heartbeat') && seconds > 0) {
      this.#heartbeat = new Heartbeat({ ...parts, intervalMs: seconds * 1000 })
    }
  }

  /** A frame has arrived. */
  received(): void {
    this.#heartbeat?.received()
  }

  send(frames: readonly string[]): void {
    this.#heartbeat?.sent()
    this.#transport.send(frames)
  }

  /** Finds out soon whether the runtime is still there. */
  probe(): void {
    this.#heartbeat?.probe(PROBE_MS)
  }

  end(): void {
    this.#heartbeat?.stop()
    this.#transport.close()
  }
}
