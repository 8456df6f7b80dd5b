import { CancelledError, errorFromWire, type JobEvent } from '@arcp/protocol'
import type { LogEntry } from '@arcp/protocol/store'
import { eventOf } from './event-of'
import { mayBeIgnored } from './ignorable'
import type { JobLog, LogFollower } from './log'
import { bytesOfChunk, wholeResult } from './whole-result'

/** Looks out for a child's result from its first event on, as fast as it comes, so that no log has to hold it. */
export class ChildResult implements LogFollower {
  readonly promise: Promise<unknown>
  readonly #log: JobLog
  readonly #chunks: Buffer[] = []
  #nextSeq = 1
  #resolve!: (result: unknown) => void
  #reject!: (error: Error) => void

  constructor(log: JobLog) {
    this.#log = log
    this.promise = mayBeIgnored(
      new Promise((resolve, reject) => {
        this.#resolve = resolve
        this.#reject = reject
      }),
    )
    log.followers.add(this)
  }

  wake(): void {
    for (let entry = this.#log.read(this.#nextSeq); entry; entry = this.#log.read(this.#nextSeq)) {
      this.#nextSeq++
      if (OF_RESULT.has(entry.type)) this.#take(entry)
    }
  }

  #take(entry: LogEntry): void {
    const event: JobEvent = eventOf(entry)
    if (event.type === 'job.result_chunk') {
      this.#chunks.push(bytesOfChunk(event))
      return
    }
    this.#log.followers.delete(this)
    if (event.type === 'job.completed') this.#resolve(wholeResult(event, this.#chunks))
    else if (event.type === 'job.failed') this.#reject(errorFromWire(event.error))
    else if (event.type === 'job.cancelled') this.#reject(cancelled(event.reason))
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
