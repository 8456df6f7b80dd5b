import type { Logger } from '@arcp/protocol/observe'

/**
 * Whether a client can be used: `connected`; `reconnecting`, when what is asked for waits until it has come back; and
 * `closed`, for good.
 */
export type ClientState = 'connected' | 'reconnecting' | 'closed'

/** Holds a client's state and tells of its changes. */
export class StateKeeper {
  /** Changed by {@link become} alone. */
  current: ClientState = 'closed'
  readonly #logger: Logger
  readonly #listeners = new Set<(state: ClientState) => void>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Changes the state. A listener that throws keeps nobody from being told. */
  become(state: ClientState): void {
    if (state === this.current) return
    this.current = state
    for (const tell of [...this.#listeners]) {
      try {
        tell(state)
      } catch (error) {
        this.#logger.error('a state listener threw', { error })
      }
    }
  }

  /** Calls `told` at each change, until the returned function is called. */
  listen(told: (state: ClientState) => void): () => void {
    const listener = (state: ClientState) => told(state)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
