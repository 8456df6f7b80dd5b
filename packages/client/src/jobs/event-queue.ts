import { isTerminalType, type JobEvent } from '@arcp/protocol'
import { limitReached } from '../failures'
import type { ClientLimits } from '../limits'
import { EventBuffer } from './event-buffer'

/** The limits of a queue. */
export type QueueLimits = Pick<ClientLimits, 'unreadEvents' | 'unreadBytes' | 'queuedEvents' | 'queuedBytes'>

type Next = IteratorResult<JobEvent, undefined>

/** A call of `next()` that waits for an event; a rejected promise passes its error on. */
type Waiting = (next: Next | Promise<never>) => void

/** An iteration under way. */
interface Reader {
  readonly waiting: Waiting[]
  /** Why it, and it alone, cannot go on. */
  failure?: Error
}

/**
 * One job's events, from the wire to whoever iterates.
 *
 * Until someone does, the newest are kept; while someone does, all; and once nobody is going to, none but the terminal
 * event, so that a later iteration has at least that.
 */
export class EventQueue {
  readonly #limits: QueueLimits
  readonly #held = new EventBuffer()
  #wanted = true
  #reader: Reader | undefined
  /** Set when no further event comes. */
  #over: { readonly error?: unknown } | undefined

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  /** How many events are held. */
  get length(): number {
    return this.#held.length
  }

  /** Takes the next event; one that ends its job is the last. `size` is what it counts for, in bytes. */
  push(event: JobEvent, size: number): void {
    const held = this.#held
    const reader = this.#reader
    const terminal = isTerminalType(event.type)
    if (terminal) this.#over = {}
    const waiting = reader?.waiting.shift()
    if (waiting) {
      waiting({ done: false, value: event })
      if (terminal) this.#settleWaiting()
      return
    }
    if (!reader && !this.#wanted) held.clear()
    if (reader || this.#wanted || terminal) held.push(event, size)
    const { unreadEvents, unreadBytes, queuedEvents, queuedBytes } = this.#limits
    if (!reader) {
      while (held.length > 1 && (held.length > unreadEvents || held.bytes > unreadBytes)) held.shift()
      return
    }
    if (held.length > queuedEvents) reader.failure = tooMany(queuedEvents, 'events')
    else if (held.bytes > queuedBytes) reader.failure = tooMany(queuedBytes, 'bytes of events')
    else return
    this.#leave(reader)
    if (terminal) held.push(event, size)
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
    const reader: Reader = { waiting: [] }
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

  #next(reader: Reader): Promise<Next> {
    if (reader.failure) {
      const { failure } = reader
      reader.failure = undefined
      return Promise.reject(failure)
    }
    if (this.#reader !== reader) return Promise.resolve(DONE)
    const event = this.#held.shift()
    if (event) return Promise.resolve({ done: false, value: event })
    return new Promise((resolve) => {
      reader.waiting.push(resolve)
      if (this.#over) this.#settleWaiting()
    })
  }

  /** Ends the iteration of a queue that is over and empty, if someone waits for its next event. */
  #settleWaiting(): void {
    const reader = this.#reader
    const error = this.#over?.error
    if (!reader?.waiting.length) return
    if (error !== undefined) reader.waiting.shift()?.(Promise.reject(error))
    this.#leave(reader)
  }

  #leave(reader: Reader): void {
    if (this.#reader !== reader) return
    this.#reader = undefined
    this.#wanted = false
    this.#held.clear()
    for (const waiting of reader.waiting.splice(0)) waiting(DONE)
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

function tooMany(limit: number, unit: string): Error {
  return limitReached(limit, `${unit} unread`, 'events_unread')
}
