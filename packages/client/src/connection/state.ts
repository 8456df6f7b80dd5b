import type { Logger } from '@arcp/protocol/observe'

/**
 * Whether a client can be used: `connected`; `reconnecting`, when what is asked for waits until it has come back; and
 * `closed`, for good.
 */
export type ClientState = 'connected' | 'reconnecting' | 'closed'

/** Holds a client's state and tells of its changes. */
export class StateKeeper {
  readonly #logger: Logger
  readonly #listeners = new Set<{ readonly told: (state: ClientState) => void }>()
  #state: ClientState = 'closed'

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get current(): ClientState {
    return this.#state
  }

  /** Changes the state. A listener that throws keeps nobody from being told. */
  become(state: ClientState): void {
    if (state === this.#state) return
    this.#state = state
    for (const { told } of [...this.#listeners]) {
      try {
        told(state)
      } catch (error) {
        this.#logger.error('a state listener threw', { error })
      }
    }
  }

  /** Calls `told` at each change, until the returned function is called. */
  listen(told: (state: ClientState) => void): () => void {
    const listener = { told }
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
