import type { Logger } from '@arcp/protocol/observe'
import type { JobRecordChange, Store } from '@arcp/protocol/store'

/** Writes down what becomes of jobs, of each job one change after the other. A change that fails is told to operators. */
export class RecordWriter {
  readonly #store: Store
  readonly #logger: Logger
  readonly #hostEpoch: number
  /** Of each job the change under way, or the last of several that wait for each other. */
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(store: Store, logger: Logger, hostEpoch: number) {
    this.#store = store
    this.#logger = logger
    this.#hostEpoch = hostEpoch
  }

  change(jobId: string, change: JobRecordChange): void {
    const before = this.#underWay.get(jobId)
    const write = before ? before.then(() => this.#write(jobId, change)) : this.#write(jobId, change)
    if (!write) return
    this.#underWay.set(jobId, write)
    void write.then(() => {
      if (this.#underWay.get(jobId) === write) this.#underWay.delete(jobId)
    })
  }

  /** Resolves when every change so far has been written, or has failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values())
  }

  #write(jobId: string, change: JobRecordChange): Promise<void> | undefined {
    const failed = (error: unknown) =>
      this.#logger.warn('what became of a job could not be written down', { error, jobId, change })
    try {
      return this.#store.updateJob(jobId, this.#hostEpoch, change)?.catch(failed)
    } catch (error) {
      failed(error)
      return undefined
    }
  }
}
