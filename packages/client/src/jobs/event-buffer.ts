import type { JobEvent } from '@arcp/protocol'

/** An event that waits, and the one behind it. */
interface Held {
  readonly event: JobEvent
  readonly size: number
  next?: Held
}

/** Events in order of arrival, first in, first out, and what they count for in bytes. */
export class EventBuffer {
  length = 0
  bytes = 0
  #first: Held | undefined
  #last: Held | undefined

  push(event: JobEvent, size: number): void {
    const held = { event, size, next: undefined }
    if (this.#last) this.#last.next = held
    else this.#first = held
    this.#last = held
    this.length++
    this.bytes += size
  }

  /** Takes the oldest out. */
  shift(): JobEvent | undefined {
    const first = this.#first
    if (!first) return undefined
    this.#first = first.next
    if (!first.next) this.#last = undefined
    this.length--
    this.bytes -= first.size
    return first.event
  }

  clear(): void {
    this.#first = this.#last = undefined
    this.length = this.bytes = 0
  }
}
