import { CancelledError, errorFromWire, type JobEvent, ResumeWindowExpiredError } from '@arcp/protocol'
import type { LogEntry } from '@arcp/protocol/store'
import type { Tally } from '../tally'
import { eventOf } from './event-of'
import { mayBeIgnored } from './ignorable'
import type { Job } from './job'
import type { LogFollower } from './log'
import { bytesOfChunk, wholeResult } from './whole-result'

/** What looking out for the results of children takes. */
export interface ChildResultParts {
  /** Counts the bytes of results that are not whole yet. */
  readonly resultBytes: Tally
  /** The result of a child is there, or never will be. */
  onResult(child: Job): void
}

/**
 * Looks out for a child's result from its first event on, as fast as it comes, so that no log has to hold it. What comes in
 * parts is held here until it is whole, or there is too much of that altogether: then the result is given up, and not the
 * child.
 */
export class ChildResult implements LogFollower {
  readonly promise: Promise<unknown>
  readonly #job: Job
  readonly #parts: ChildResultParts
  #chunks: Buffer[] = []
  #bytes = 0
  #nextSeq = 1
  #isOver = false
  #resolve!: (result: unknown) => void
  #reject!: (error: Error) => void

  constructor(job: Job, parts: ChildResultParts) {
    this.#job = job
    this.#parts = parts
    this.promise = mayBeIgnored(
      new Promise((resolve, reject) => {
        this.#resolve = resolve
        this.#reject = reject
      }),
    )
    job.log.followers.add(this)
  }

  wake(): void {
    try {
      while (!this.#isOver && this.#takeNext());
    } catch (error) {
      this.#reject(error as Error)
      this.#leave()
    }
  }

  /** Takes the next entry; `false` where there is none yet. */
  #takeNext(): boolean {
    const { log } = this.#job
    const entry = log.read(this.#nextSeq)
    if (!entry && this.#nextSeq < log.firstSeq) throw gone()
    if (!entry) return false
    this.#nextSeq++
    if (OF_RESULT.has(entry.type)) this.#take(entry)
    return true
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
    if (chunk.byteLength === 0) return
    const { principal } = this.#job.facts.scope
    const bytes = chunk.byteLength + OF_CHUNK
    this.#parts.resultBytes.check(principal, bytes)
    this.#parts.resultBytes.add(principal, bytes)
    this.#bytes += bytes
    this.#chunks.push(chunk)
  }

  #leave(): void {
    const { log, facts } = this.#job
    this.#isOver = true
    log.followers.delete(this)
    this.#parts.resultBytes.subtract(facts.scope.principal, this.#bytes)
    this.#chunks = []
    this.#parts.onResult(this.#job)
  }
}

/** What holding a chunk takes beside what it holds, in bytes; of a million small ones that is most. */
const OF_CHUNK = 128

/** The types of events that are looked into. */
const OF_RESULT: ReadonlySet<string> = new Set([
  'job.result_chunk',
  'job.completed',
  'job.failed',
  'job.cancelled',
])

function gone(): Error {
  return new ResumeWindowExpiredError(
    'the end of the child is gone, for more was kept than there is room for',
  )
}

function cancelled(reason: string | undefined): Error {
  return new CancelledError(`the job was cancelled${reason ? `: ${reason}` : ''}`, { details: { reason } })
}
