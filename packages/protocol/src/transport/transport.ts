/** Why a transport ended: a WebSocket close code (or its nearest equivalent) and a short text. */
export interface TransportClose {
  readonly code: number
  readonly reason: string
}

/** What a transport tells its one user. Handlers must not throw. */
export interface TransportHandler {
  /** A whole text frame has arrived. */
  frame(text: string): void
  /** The transport has ended, whoever ended it. Called exactly once, after the last frame. */
  close(info: TransportClose): void
  /** Buffered bytes have left. Called at least each time the buffer becomes empty. */
  drain(): void
}

/**
 * One ordered, reliable, bidirectional stream of text frames.
 *
 * Adapters are thin: what a frame means, when to send and when to stop is decided above this seam.
 * `docs/protocol.md` §12.
 */
export interface Transport {
  /**
   * Begins delivery to `handler`; called exactly once. What arrived earlier, the close included, is delivered
   * first and in order, never inside the call itself.
   */
  start(handler: TransportHandler): void
  /**
   * Sends frames in order, in as few writes as the medium allows. Never throws; on a transport that is closing or
   * closed the frames are dropped, and `close` has told or will tell so.
   */
  send(frames: readonly string[]): void
  /**
   * Ends the transport after what was sent has been flushed; from then on no frame is delivered to this end, and
   * further calls do nothing. A peer that never confirms is cut off by the adapter within its own time limit.
   *
   * @param code Default 1000. A medium that cannot carry it tells the peer the nearest it can; 1006, which none
   * can, cuts at once without telling and flushes nothing.
   * @param reason Shortened to the 123 bytes of UTF-8 a close frame holds, where the medium needs it.
   */
  close(code?: number, reason?: string): void
  /** Bytes accepted by `send` that have not left yet. */
  readonly bufferedBytes: number
}

/**
 * Opens a transport; called once for each connection attempt.
 *
 * @throws ConnectionError when the peer cannot be reached; the signal's reason when `signal` aborts first.
 */
export interface Dialer {
  /** The adapter's name, as a listener has it in {@link Peer}; left out where nobody needs to know. */
  readonly transport?: string
  /** @param signal Aborts when the attempt is given up. */
  open(signal: AbortSignal): Promise<Transport>
}

/** What a listener knows of whoever connected; handed to authentication. */
export interface Peer {
  /** The adapter's name: `websocket`, `memory`, `stdio` … */
  readonly transport: string
  /** The network address of the other side, where there is one. */
  readonly remoteAddress?: string
  /** The headers the connection was opened with, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What a listener needs of a runtime. */
export interface Acceptor {
  /** The largest frame, in bytes of UTF-8, this side takes; listeners close a transport that exceeds it with 1009. */
  readonly maxFrameBytes: number
  /** Takes over a transport that has just opened. Never throws. */
  accept(transport: Transport, peer: Peer): void
}

/** Close codes this protocol uses. `docs/protocol.md` §12. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  abnormal: 1006,
  policyViolation: 1008,
  messageTooBig: 1009,
} as const
