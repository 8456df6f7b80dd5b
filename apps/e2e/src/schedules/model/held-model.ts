import type { RuntimeOptions } from '@arcp/runtime'

/** When a log is full, and who is waited for then. */
export interface LogBounds {
  readonly logEvents: number
  readonly logSize: number
  readonly whenLogFull: NonNullable<RuntimeOptions['whenLogFull']>
}

/** How far an agent is ahead. */
interface Lead {
  readonly events: number
  readonly size: number
}

/** What a job's log has to hold: what its owner has not taken in, and whatever there is room for. */
export class HeldModel {
  /** The oldest event it is known to hold; it may have let go of more. */
  firstSeq = 1
  readonly #jobId: string
  readonly #bounds: LogBounds
  /** Up to each event: the size of all, the number of those its agent said, and their size. */
  readonly #sizes = [0]
  readonly #said = [0]
  readonly #saidSizes = [0]
  /** Up to here its owner has, or does without, everything. */
  #released = 0
  /** Nobody is there whom it has to wait for: everything may go. */
  #free: boolean
  /** How much is kept in any case. */
  #kept: number | undefined

  constructor(jobId: string, bounds: LogBounds) {
    this.#jobId = jobId
    this.#bounds = bounds
    this.#free = bounds.whenLogFull === 'let-go'
  }

  get lastSeq(): number {
    return this.#sizes.length - 1
  }

  append(size: number, isAgents: boolean): void {
    const last = this.lastSeq
    this.#sizes.push(at(this.#sizes, last) + size)
    this.#said.push(at(this.#said, last) + (isAgents ? 1 : 0))
    this.#saidSizes.push(at(this.#saidSizes, last) + (isAgents ? size : 0))
  }

  /** Its owner has, or does without, everything up to `seq`. */
  ownerHas(seq: number): void {
    if (!this.#free) this.#released = Math.max(this.#released, seq)
  }

  /** Its owner stands right behind `seq`, which may be before where it was: what is still held stays. */
  standsAt(seq: number): void {
    this.#released = Math.max(seq, this.mayBeGone)
    this.#free = this.#bounds.whenLogFull === 'let-go'
  }

  /** Its owner has gone, or does not follow it. */
  leftAlone(): void {
    if (this.#bounds.whenLogFull !== 'wait') this.#free = true
  }

  /** Who owns it is not known any more. */
  ownedBySomeone(): void {
    this.#free = true
  }

  /** Its time is over: nothing but the newest event stays, for a key. */
  shorten(): void {
    this.#kept ??= 1
  }

  /** Nothing stays. */
  forget(): void {
    this.#kept = 0
  }

  /** Whether anybody is waited for. */
  get isFree(): boolean {
    return this.#free
  }

  /** Up to here events may be gone: nothing goes before there is need for its room. */
  get mayBeGone(): number {
    if (this.#kept !== undefined) return this.lastSeq - this.#kept
    const released = this.#free ? this.lastSeq : this.#released
    return Math.min(released, this.#needed)
  }

  /** It is told to hold no event before this one. */
  holdsFrom(firstSeq: number): string | undefined {
    const id = this.#jobId
    if (firstSeq < this.firstSeq) return `${id} has ${firstSeq} again, but had let it go`
    this.firstSeq = firstSeq
    if (firstSeq - 1 <= this.mayBeGone) return undefined
    return `${id} has let go of ${firstSeq - 1}; it should hold everything after ${this.mayBeGone}`
  }

  /** Whether it would be full if it held everything after `seq`. */
  isFullAfter(seq: number): boolean {
    const { logEvents, logSize } = this.#bounds
    return this.lastSeq - seq > logEvents || this.#sizeAfter(seq) > logSize
  }

  /** Whether an agent that does not wait has come to the end of what is held for it, if it holds everything after `seq`. */
  isOverflowingAfter(seq: number): boolean {
    const { logEvents, logSize } = this.#bounds
    return this.lastSeq - seq >= logEvents * 2 || this.#sizeAfter(seq) >= logSize * 2
  }

  /** What an agent has said and its owner has not taken in, beyond what there is room for. */
  get leadComplaint(): string | undefined {
    const { events, size } = this.#lead
    const { logEvents, logSize } = this.#bounds
    if (events <= logEvents && size <= logSize) return undefined
    return `${this.#jobId}: its agent is ${events} events (${size}) ahead of its owner, and goes on`
  }

  get #lead(): Lead {
    if (this.#free) return { events: 0, size: 0 }
    const last = this.lastSeq
    const from = Math.min(this.#released, last)
    return {
      events: at(this.#said, last) - at(this.#said, from),
      size: at(this.#saidSizes, last) - at(this.#saidSizes, from),
    }
  }

  /** How much has to go for the rest to fit. */
  get #needed(): number {
    const { logEvents } = this.#bounds
    let seq = Math.max(this.lastSeq - logEvents, 0)
    while (seq < this.lastSeq && this.isFullAfter(seq)) seq++
    return seq
  }

  #sizeAfter(seq: number): number {
    return at(this.#sizes, this.lastSeq) - at(this.#sizes, Math.min(seq, this.lastSeq))
  }
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0
}
