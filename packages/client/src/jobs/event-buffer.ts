import type { JobEvent } from '@arcp/protocol'

/** Events in order of arrival, first in, first out, and what they count for in bytes. */
export class EventBuffer {
  #events: (JobEvent | undefined)[] = []
  #sizes: number[] = []
  #head = 0
  #bytes = 0

  get length(): number {
    return this.#events.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  push(event: JobEvent, size: number): void {
    this.#events.push(event)
    this.#sizes.push(size)
    this.#bytes += size
  }

  /** Takes the oldest out. */
  shift(): JobEvent | undefined {
    const head = this.#head
    const event = this.#events[head]
    if (event === undefined) return undefined
    this.#bytes -= this.#sizes[head] ?? 0
    this.#events[head] = undefined
    this.#head = head + 1
    if (this.#head === this.#events.length) this.clear()
    else if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#events.length) this.#compact()
    return event
  }

  clear(): void {
    this.#events = []
    this.#sizes = []
    this.#head = 0
    this.#bytes = 0
  }

  #compact(): void {
    this.#events = this.#events.slice(this.#head)
    this.#sizes = this.#sizes.slice(this.#head)
    this.#head = 0
  }
}

/** Below it, the room of events that have left is not worth a copy. */
const COMPACT_FROM = 512
