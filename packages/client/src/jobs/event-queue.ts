import { isTerminalType, type JobEvent } from '@arcp/protocol'
import { limitReached } from '../failures'
import type { ClientLimits } from '../limits'
import { EventBuffer } from './event-buffer'

/** The limits of a queue. */
export type QueueLimits = Pick<ClientLimits, 'unreadEvents' | 'unreadBytes' | 'queuedEvents' | 'queuedBytes'>

type Next = IteratorResult<JobEvent, undefined>

/** A call of `next()` that waits for an event. */
interface Waiting {
  resolve(next: Next): void
  reject(error: unknown): void
}

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
    const terminal = isTerminalType(event.type)
    if (terminal) this.#over = {}
    if (this.#reader) this.#pushToReader(this.#reader, event, size)
    else if (this.#wanted) this.#pushUnread(event, size)
    else {
      this.#held.clear()
      if (terminal) this.#held.push(event, size)
    }
  }

  /** Ends the queue without a terminal: what is held can still be read, then `error` is thrown. */
  fail(error: unknown): void {
    if (this.#over) return
    this.#over = { error }
    if (this.#reader) this.#settleWaiting(this.#reader)
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
    if (this.#reader) {
      throw new TypeError('the events of this job are being read already: a job has one reader at a time')
    }
    const reader: Reader = { waiting: [] }
    this.#reader = reader
    const iterator: AsyncIterableIterator<JobEvent> = {
      next: () => this.#next(reader),
      return: () => {
        this.#leave(reader)
        return Promise.resolve(DONE)
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  #pushUnread(event: JobEvent, size: number): void {
    const held = this.#held
    const { unreadEvents, unreadBytes } = this.#limits
    held.push(event, size)
    while (held.length > 1 && (held.length > unreadEvents || held.bytes > unreadBytes)) held.shift()
  }

  #pushToReader(reader: Reader, event: JobEvent, size: number): void {
    const waiting = reader.waiting.shift()
    if (waiting) {
      waiting.resolve({ done: false, value: event })
      if (this.#over) this.#settleWaiting(reader)
      return
    }
    const { queuedEvents, queuedBytes } = this.#limits
    this.#held.push(event, size)
    if (this.#held.length > queuedEvents) this.#overflow(reader, 'events', queuedEvents)
    else if (this.#held.bytes > queuedBytes) this.#overflow(reader, 'bytes', queuedBytes)
    else return
    if (this.#over) this.#held.push(event, size)
  }

  #overflow(reader: Reader, unit: string, limit: number): void {
    this.#leave(reader)
    reader.failure = limitReached(
      `events came faster than they were read: more than ${limit} ${unit} waited; the job itself goes on`,
      'events_unread',
      limit,
    )
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
    return new Promise((resolve, reject) => {
      reader.waiting.push({ resolve, reject })
      if (this.#over) this.#settleWaiting(reader)
    })
  }

  /** Ends the iteration of a queue that is over and empty. */
  #settleWaiting(reader: Reader): void {
    const { error } = this.#over ?? {}
    const first = reader.waiting[0]
    if (!first) return
    if (error !== undefined) {
      reader.waiting.shift()
      first.reject(error)
    }
    this.#leave(reader)
  }

  #leave(reader: Reader): void {
    if (this.#reader !== reader) return
    this.#reader = undefined
    this.#wanted = false
    this.#held.clear()
    for (const { resolve } of reader.waiting.splice(0)) resolve(DONE)
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }
