import { isTerminalType, type JobEvent } from '@arcp/protocol'
import type { ClientLimits } from '../limits'
import { SizedBuffer } from '../sized-buffer'

/** The limits of a queue. */
export type QueueLimits = Pick<ClientLimits, 'unreadEvents' | 'unreadBytes'>

type Next = IteratorResult<JobEvent, undefined>

/** A call of `next()` that waits for an event; a rejected promise passes its error on. */
type Waiting = (next: Next | Promise<never>) => void

/**
 * One job's events, from the wire to whoever iterates.
 *
 * Until someone does, the newest are kept; while someone does, all, and {@link load} says when to send no more; and
 * once nobody is going to, none but the terminal event, so that a later iteration has at least that.
 */
export class EventQueue {
  readonly #limits: QueueLimits
  readonly #eased: () => void
  readonly #held = new SizedBuffer<JobEvent>()
  #wanted = true
  /** The calls of `next()` that wait, of the iteration under way. */
  #reader: Waiting[] | undefined
  /** Set when no further event comes. */
  #over: { readonly error?: unknown } | undefined

  /** @param eased called when there may be room again */
  constructor(limits: QueueLimits, eased: () => void) {
    this.#limits = limits
    this.#eased = eased
  }

  /** How many events are held. */
  get length(): number {
    return this.#held.length
  }

  /** How full it is for the iteration under way, 1 being its limit; 0 while nobody iterates, for then the oldest go. */
  get load(): number {
    return this.#reader ? this.#fill : 0
  }

  /** Takes the next event; one that ends its job is the last. `size` is what it counts for, in bytes. */
  push(event: JobEvent, size: number): void {
    const held = this.#held
    const reader = this.#reader
    const terminal = isTerminalType(event.type)
    if (terminal) this.#over = {}
    const waiting = reader?.shift()
    if (waiting) {
      waiting({ done: false, value: event })
      if (terminal) this.#settleWaiting()
      return
    }
    const wanted = reader || this.#wanted
    if (!wanted) held.clear()
    if (wanted || terminal) held.push(event, size)
    while (!reader && held.length > 1 && this.#fill > 1) held.shift()
  }

  /** Ends the queue without a terminal: what is held can still be read, then `error` is thrown. */
  fail(error: unknown): void {
    if (this.#over) return
    this.#over = { error }
    this.#settleWaiting()
  }

  /** Says that events matter only to an iteration that goes on, or begins before the next event comes. */
  decline(): void {
    this.#wanted = false
  }

  /**
   * Begins an iteration; the events it yields leave the queue. One that is left early lets go of everything.
   *
   * @throws TypeError while another one goes on
   */
  iterate(): AsyncIterableIterator<JobEvent> {
    if (this.#reader) throw new TypeError('a job has one reader at a time')
    const reader: Waiting[] = []
    this.#reader = reader
    const iterator: AsyncIterableIterator<JobEvent> = {
      next: () => this.#next(reader),
      return: async () => {
        this.#leave(reader)
        return DONE
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  get #fill(): number {
    const { unreadEvents, unreadBytes } = this.#limits
    return Math.max(this.#held.length / unreadEvents, this.#held.bytes / unreadBytes)
  }

  #next(reader: Waiting[]): Promise<Next> {
    if (this.#reader !== reader) return Promise.resolve(DONE)
    const event = this.#held.shift()
    if (event) {
      this.#eased()
      return Promise.resolve({ done: false, value: event })
    }
    return new Promise((resolve) => {
      reader.push(resolve)
      if (this.#over) this.#settleWaiting()
    })
  }

  /** Ends the iteration of a queue that is over and empty, if someone waits for its next event. */
  #settleWaiting(): void {
    const reader = this.#reader
    const error = this.#over?.error
    if (!reader?.length) return
    if (error !== undefined) reader.shift()?.(Promise.reject(error))
    this.#leave(reader)
  }

  #leave(reader: Waiting[]): void {
    if (this.#reader !== reader) return
    this.#reader = undefined
    this.#wanted = false
    this.#held.clear()
    for (const waiting of reader.splice(0)) waiting(DONE)
    this.#eased()
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }
