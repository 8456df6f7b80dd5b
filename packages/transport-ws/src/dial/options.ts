import { refuseOthers, systemTimers, type Timers } from '@arcp/protocol'

/** Options of `webSocket`. */
export interface WebSocketOptions {
  /**
   * Headers of the opening request, e.g. for a proxy in front of the runtime. Node only: browsers let no page set
   * them, there `webSocket` throws a `TypeError`.
   */
  readonly headers?: Readonly<Record<string, string>>
  /** How long one attempt may take until the connection is open, in milliseconds. Default 10,000. */
  readonly handshakeTimeoutMs?: number
  /** How long a closing connection may take to end before it is cut off, in milliseconds. Default 2,000. */
  readonly closeTimeoutMs?: number
  /**
   * The largest frame taken, in bytes of UTF-8; a larger one closes the connection with 1009. Default 16 MiB.
   * A runtime sends none above its own `max_frame_bytes`, 1 MiB unless configured.
   */
  readonly maxFrameBytes?: number
  /** Measures the waits. Default: the machine's. */
  readonly clock?: Timers
}

/** {@link WebSocketOptions} with every default filled in. */
export interface DialSettings {
  readonly headers: Readonly<Record<string, string>>
  readonly handshakeTimeoutMs: number
  readonly closeTimeoutMs: number
  readonly maxFrameBytes: number
  readonly clock: Timers
}

/** @throws TypeError for an option there is none of */
export function dialSettings({
  headers = {},
  handshakeTimeoutMs = 10_000,
  closeTimeoutMs = 2_000,
  maxFrameBytes = 16 * 1024 * 1024,
  clock = systemTimers,
  ...others
}: WebSocketOptions): DialSettings {
  refuseOthers(others)
  return { headers, handshakeTimeoutMs, closeTimeoutMs, maxFrameBytes, clock }
}
