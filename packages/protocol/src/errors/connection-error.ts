/** Options of a {@link ConnectionError}. */
export interface ConnectionErrorOptions {
  /** The address that was dialled. */
  readonly url?: string
  /** What the platform reported. */
  readonly cause?: unknown
}

/** A peer could not be reached, or the connection to it ended. The message names address, cause and likely fix. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly url: string | undefined

  constructor(message: string, options: ConnectionErrorOptions = {}) {
    super(message, options)
    this.url = options.url
  }
}
