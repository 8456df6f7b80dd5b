import type { Clock } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { LogBatch, Store } from '@arcp/protocol/store'
import type { JobLog } from './log'

/** How long a store may take before an append is repeated, in milliseconds. */
const ATTEMPT_MS = 10_000
/** How long a log may stay unwritten before its job is given up, in milliseconds. */
const GIVE_UP_MS = 30_000
const FIRST_BACKOFF_MS = 100
const LAST_BACKOFF_MS = 5_000

/** What a {@link LogWriter} needs. */
export interface LogWriterParts {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly hostEpoch: number
  /** Called once for each log that could not be written for too long. */
  readonly onGivenUp: (jobId: string) => void
  /** Something has become durable. */
  readonly onWritten: () => void
}

/**
 * Carries what logs append to the store, all logs of a turn in one call, and confirms it when it is durable. An append
 * that fails is repeated unchanged, with back-off, until it succeeds: nothing appended is cut off or renumbered.
 */
export class LogWriter {
  readonly #parts: LogWriterParts
  #dirty = new Set<JobLog>()
  #closed = false
  readonly #writing = new Set<JobLog>()
  readonly #underWay = new Set<Promise<void>>()

  constructor(parts: LogWriterParts) {
    this.#parts = parts
  }

  /** Notes that a log has grown. */
  mark(log: JobLog): void {
    this.#dirty.add(log)
  }

  /** Hands everything new to the store; at once readable where the store is done at once. */
  flush(): void {
    if (this.#dirty.size === 0) return
    const logs: JobLog[] = []
    const batches: LogBatch[] = []
    const later = new Set<JobLog>()
    for (const log of this.#dirty) {
      if (this.#writing.has(log)) {
        later.add(log)
        continue
      }
      if (log.firstSeq > 1) this.#trim(log)
      const batch = log.takeBatch(this.#parts.hostEpoch)
      if (!batch) continue
      logs.push(log)
      batches.push(batch)
    }
    this.#dirty = later
    if (batches.length > 0) this.#write(logs, batches)
  }

  /** Resolves when everything appended so far is durable, what had to wait for an earlier write of its log too. */
  async settled(): Promise<void> {
    this.flush()
    while (this.#underWay.size > 0) {
      await Promise.all(this.#underWay)
      if (!this.#closed) this.flush()
    }
  }

  /** Repeats nothing any more. */
  close(): void {
    this.#closed = true
  }

  /** What a store keeps too long does no harm; the next trim takes it along. */
  #trim(log: JobLog): void {
    const { store, logger } = this.#parts
    const failed = (error: unknown) =>
      logger.warn('the store did not trim a log', { error, jobId: log.jobId })
    try {
      store.trimLog(log.jobId, log.firstSeq)?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  #write(logs: readonly JobLog[], batches: readonly LogBatch[]): void {
    const done = this.#append(batches)
    if (!done) {
      confirm(logs, batches)
      return
    }
    for (const log of logs) this.#writing.add(log)
    const settled = this.#settle(logs, batches, done).finally(() => this.#underWay.delete(settled))
    this.#underWay.add(settled)
  }

  #append(batches: readonly LogBatch[]): Promise<void> | undefined {
    try {
      return this.#parts.store.append(batches)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #settle(logs: readonly JobLog[], batches: readonly LogBatch[], first: Promise<void>): Promise<void> {
    const { clock, logger, onGivenUp, onWritten } = this.#parts
    const startedAt = clock.monotonic()
    let attempt: Promise<void> | undefined = first
    let backoffMs = FIRST_BACKOFF_MS
    let givenUp = false
    for (;;) {
      try {
        await this.#inTime(attempt)
        break
      } catch (error) {
        logger.error('the store did not take an append; it is repeated', {
          error,
          jobs: logs.map((l) => l.jobId),
        })
      }
      if (this.#closed) return
      for (const log of logs) log.stalled = true
      if (!givenUp && clock.monotonic() - startedAt >= GIVE_UP_MS) {
        givenUp = true
        for (const log of logs) onGivenUp(log.jobId)
      }
      await new Promise<void>((resolve) => clock.setTimer(backoffMs, resolve, { keepAlive: false }))
      if (this.#closed) return
      backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS)
      attempt = this.#append(batches)
    }
    for (const log of logs) {
      log.stalled = false
      this.#writing.delete(log)
    }
    confirm(logs, batches)
    onWritten()
  }

  #inTime(attempt: Promise<void> | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#parts.clock.setTimer(
        ATTEMPT_MS,
        () => reject(new Error(`the store took longer than ${ATTEMPT_MS} ms`)),
        { keepAlive: false },
      )
      Promise.resolve(attempt)
        .then(resolve, reject)
        .finally(() => timer.cancel())
    })
  }
}

function confirm(logs: readonly JobLog[], batches: readonly LogBatch[]): void {
  for (const [index, log] of logs.entries()) {
    const last = batches[index]?.entries.at(-1)
    if (last) log.confirm(last.seq)
  }
}
