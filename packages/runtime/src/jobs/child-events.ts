import { isTerminalType, type JobEvent, ResumeWindowExpiredError } from '@arcp/protocol'
import { newWait, type Wait } from '../wait'
import { eventOf } from './event-of'
import type { JobLog, LogFollower } from './log'

/** One reading of a child's log by its parent's agent, for which the log waits as long as it goes on. */
export class ChildEvents implements AsyncIterableIterator<JobEvent>, LogFollower {
  readonly #log: JobLog
  #nextSeq: number
  #isOver = false
  #woken: Wait | undefined

  /** @param nextSeq the first to be read, if it is still held */
  constructor(log: JobLog, nextSeq: number) {
    this.#log = log
    const last = log.hasEnded ? log.lastSeq : Number.POSITIVE_INFINITY
    this.#nextSeq = Math.min(Math.max(nextSeq, log.firstSeq), last)
    log.readerSeq = this.#nextSeq - 1
    log.followers.add(this)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** What a further reading begins with. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  wake(): void {
    this.#woken?.resolve()
    this.#woken = undefined
  }

  async next(): Promise<IteratorResult<JobEvent>> {
    while (!this.#isOver) {
      const seq = this.#nextSeq
      const entry = this.#log.read(seq)
      if (entry) {
        this.#nextSeq++
        this.#log.readerSeq = seq
        if (isTerminalType(entry.type)) this.#leave()
        return { done: false, value: eventOf(entry) }
      }
      if (seq < this.#log.firstSeq) {
        this.#leave()
        const details = { first_seq: this.#log.firstSeq }
        throw new ResumeWindowExpiredError(`the child's events from ${seq} on are gone`, { details })
      }
      await this.#wakened()
    }
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<JobEvent>> {
    this.#leave()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #leave(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#log.followers.delete(this)
    this.#log.readerSeq = Number.POSITIVE_INFINITY
    this.wake()
  }

  #wakened(): Promise<void> {
    this.#woken ??= newWait()
    return this.#woken.promise
  }
}
