import { CancelledError, errorFromWire, type JobEvent } from '@arcp/protocol'
import type { LogEntry } from '@arcp/protocol/store'
import type { Tally } from '../tally'
import { eventOf } from './event-of'
import { mayBeIgnored } from './ignorable'
import type { Job } from './job'
import type { JobLog, LogFollower } from './log'
import { bytesOfChunk, wholeResult } from './whole-result'

/**
 * Looks out for a child's result from its first event on, as fast as it comes, so that no log has to hold it. What comes in
 * parts is held here until it is whole, or there is too much of that altogether: then the result is given up, and not the
 * child.
 */
export class ChildResult implements LogFollower {
  readonly promise: Promise<unknown>
  readonly #log: JobLog
  readonly #principal: string
  /** Bytes that all of them hold. */
  readonly #held: Tally
  #chunks: Buffer[] = []
  #bytes = 0
  #nextSeq = 1
  #isOver = false
  #resolve!: (result: unknown) => void
  #reject!: (error: Error) => void

  constructor({ log, facts }: Job, held: Tally) {
    this.#log = log
    this.#principal = facts.scope.principal
    this.#held = held
    this.promise = mayBeIgnored(
      new Promise((resolve, reject) => {
        this.#resolve = resolve
        this.#reject = reject
      }),
    )
    log.followers.add(this)
  }

  wake(): void {
    while (!this.#isOver) {
      const entry = this.#log.read(this.#nextSeq)
      if (!entry) return
      this.#nextSeq++
      if (OF_RESULT.has(entry.type)) this.#takeOrGiveUp(entry)
    }
  }

  #takeOrGiveUp(entry: LogEntry): void {
    try {
      this.#take(entry)
    } catch (error) {
      this.#reject(error as Error)
      this.#leave()
    }
  }

  #take(entry: LogEntry): void {
    const event: JobEvent = eventOf(entry)
    if (event.type === 'job.result_chunk') {
      this.#hold(bytesOfChunk(event))
      return
    }
    if (event.type === 'job.completed') this.#resolve(wholeResult(event, this.#chunks))
    else if (event.type === 'job.failed') this.#reject(errorFromWire(event.error))
    else if (event.type === 'job.cancelled') this.#reject(cancelled(event.reason))
    this.#leave()
  }

  /** @throws INTERNAL_ERROR where that would be too much */
  #hold(chunk: Buffer): void {
    this.#held.check(this.#principal, chunk.byteLength)
    this.#held.add(this.#principal, chunk.byteLength)
    this.#bytes += chunk.byteLength
    this.#chunks.push(chunk)
  }

  #leave(): void {
    this.#isOver = true
    this.#log.followers.delete(this)
    this.#held.subtract(this.#principal, this.#bytes)
    this.#chunks = []
  }
}

/** The types of events that are looked into. */
const OF_RESULT: ReadonlySet<string> = new Set([
  'job.result_chunk',
  'job.completed',
  'job.failed',
  'job.cancelled',
])

function cancelled(reason: string | undefined): Error {
  return new CancelledError(`the job was cancelled${reason ? `: ${reason}` : ''}`, { details: { reason } })
}
