import type { LogEntry } from '@arcp/protocol/store'

/** The places of entries that were let go stay in the array until they are this many, and half of it. */
const COMPACT_AT = 1024

/** A contiguous stretch of a log: grows at the end, is let go from the front. */
export class LogWindow {
  #entries: (LogEntry | undefined)[] = []
  #head = 0
  #firstSeq = 1
  #size = 0

  /** The oldest entry held, or the first to come. */
  get firstSeq(): number {
    return this.#firstSeq
  }

  /** The newest entry; one less than `firstSeq` when none is held. */
  get lastSeq(): number {
    return this.#firstSeq + this.count - 1
  }

  get count(): number {
    return this.#entries.length - this.#head
  }

  /** UTF-16 code units of the payloads held. */
  get size(): number {
    return this.#size
  }

  push(entry: LogEntry): void {
    this.#entries.push(entry)
    this.#size += entry.payload.length
  }

  get(seq: number): LogEntry | undefined {
    return seq < this.#firstSeq ? undefined : this.#entries[this.#head + seq - this.#firstSeq]
  }

  /** The entries from `seq` on. */
  from(seq: number): LogEntry[] {
    return this.#entries.slice(this.#head + Math.max(seq - this.#firstSeq, 0)) as LogEntry[]
  }

  /** Lets go of everything. */
  clear(): void {
    this.#firstSeq += this.count
    this.#entries = []
    this.#head = 0
    this.#size = 0
  }

  /** Lets go of the oldest entry. */
  shift(): void {
    if (this.count === 0) return
    this.#size -= this.#entries[this.#head]?.payload.length ?? 0
    // A thousand chunks of a result would be a hundred megabytes.
    this.#entries[this.#head++] = undefined
    this.#firstSeq++
    if (this.#head > COMPACT_AT && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
  }
}
