/** An item that waits, and the one behind it. */
interface Held<Item> {
  readonly item: Item
  readonly size: number
  next?: Held<Item>
}

/** Items in order of arrival, first in, first out, and what they count for in bytes. */
export class SizedBuffer<Item extends object> {
  length = 0
  bytes = 0
  #first: Held<Item> | undefined
  #last: Held<Item> | undefined

  push(item: Item, size: number): void {
    const held = { item, size, next: undefined }
    if (this.#last) this.#last.next = held
    else this.#first = held
    this.#last = held
    this.length++
    this.bytes += size
  }

  /** Takes the oldest out. */
  shift(): Item | undefined {
    const first = this.#first
    if (!first) return undefined
    this.#first = first.next
    if (!first.next) this.#last = undefined
    this.length--
    this.bytes -= first.size
    return first.item
  }

  clear(): void {
    this.#first = this.#last = undefined
    this.length = this.bytes = 0
  }
}
