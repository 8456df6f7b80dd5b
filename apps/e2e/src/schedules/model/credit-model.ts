/** How far a session may be ahead of what its client has acknowledged. */
export interface Window {
  readonly events: number
  readonly bytes: number
}

/** What a link has carried and its client has not acknowledged. */
export class CreditModel {
  readonly #window: Window
  #acknowledged: number
  #sizes: number[] = []

  /** @param acknowledged the number everything up to which the client has */
  constructor(window: Window, acknowledged: number) {
    this.#window = window
    this.#acknowledged = acknowledged
  }

  /** Whether an event of this size may be sent now: within the window, or alone. */
  allows(size: number): boolean {
    const under = this.#sizes.reduce((sum, each) => sum + each, 0)
    if (this.#sizes.length === 0) return true
    return this.#sizes.length < this.#window.events && under + size <= this.#window.bytes
  }

  /** An event of this size has been sent. */
  sent(size: number): string | undefined {
    const { events, bytes } = this.#window
    const isAllowed = this.allows(size)
    this.#sizes.push(size)
    return isAllowed ? undefined : `${size} more than ${this.#sizes} exceed a window of ${events} (${bytes})`
  }

  /** Everything up to this number is acknowledged. @returns whether any of it was not before */
  acknowledged(eventSeq: number): boolean {
    const count = eventSeq - this.#acknowledged
    if (count <= 0) return false
    this.#acknowledged = eventSeq
    this.#sizes = this.#sizes.slice(count)
    return true
  }
}
