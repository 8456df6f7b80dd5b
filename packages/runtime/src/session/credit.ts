/** How far a session may be ahead of what its client has acknowledged. */
export interface AckWindow {
  readonly events: number
  /** In UTF-16 code units of payload. */
  readonly bytes: number
}

/** Sizes that were acknowledged stay in the array until they are this many, and half of it. */
const COMPACT_AT = 1024

/**
 * What a connection has carried and its client has not acknowledged yet. All that is kept of an event is its size, and
 * that only until it is acknowledged. `docs/protocol.md` §5.
 */
export class Credit {
  readonly #window: AckWindow
  #acknowledged: number
  #sizes: number[] = []
  #head = 0
  #outstanding = 0

  /** @param acknowledged The number the client has acknowledged already. */
  constructor(window: AckWindow, acknowledged: number) {
    this.#window = window
    this.#acknowledged = acknowledged
  }

  /** Whether an event of this size may go now. One larger than the window may while nothing else is under way. */
  allows(size: number): boolean {
    const events = this.#sizes.length - this.#head
    if (events === 0) return true
    return events < this.#window.events && this.#outstanding + size <= this.#window.bytes
  }

  /** The next number goes to an event of this size. */
  spend(size: number): void {
    this.#sizes.push(size)
    this.#outstanding += size
  }

  /** Everything up to `eventSeq` is acknowledged; `false` when it was before. */
  earn(eventSeq: number): boolean {
    if (eventSeq <= this.#acknowledged) return false
    const end = this.#head + eventSeq - this.#acknowledged
    while (this.#head < end) this.#outstanding -= this.#sizes[this.#head++] ?? 0
    this.#acknowledged = eventSeq
    if (end === this.#sizes.length) this.#keepFrom(end)
    else if (end > COMPACT_AT && end * 2 > this.#sizes.length) this.#keepFrom(end)
    return true
  }

  #keepFrom(index: number): void {
    this.#sizes = this.#sizes.slice(index)
    this.#head = 0
  }
}
