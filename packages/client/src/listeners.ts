import type { Logger } from '@arcp/protocol/observe'

/** Those who are told of something as long as they want to be. */
export class Listeners<Value> {
  readonly #logger: Logger
  readonly #all = new Set<(value: Value) => void>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Tells everyone. A listener that throws keeps nobody from being told. */
  tell(value: Value): void {
    for (const listener of [...this.#all]) {
      try {
        listener(value)
      } catch (error) {
        this.#logger.error('a listener threw', { error })
      }
    }
  }

  /** Calls `told` each time, until the returned function is called. */
  listen(told: (value: Value) => void): () => void {
    const listener = (value: Value) => told(value)
    this.#all.add(listener)
    return () => void this.#all.delete(listener)
  }
}
