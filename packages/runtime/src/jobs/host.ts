import { type Clock, formatTimestamp, InternalError, type Random, randomIds } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { LogEntry, Store } from '@arcp/protocol/store'
import type { AgentRegistry } from '../agents/registry'
import type { Observers } from '../observers'
import type { Limits } from '../options'
import type { RunQueue } from '../scheduling/run-queue'
import { Admission, type Admitted, type SubmitRequest } from './admission'
import { Emitter } from './emitter'
import type { Job } from './job'
import { JobTable } from './job-table'
import { LogWriter } from './log-writer'
import { Runner } from './runner'

/** What a {@link JobHost} needs. */
export interface JobHostParts {
  readonly registry: AgentRegistry
  readonly store: Store
  readonly runQueue: RunQueue
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly observers: Observers
  readonly limits: Limits
}

/** This process writes its own logs alone; a store shared by several runtimes would tell them apart by more. */
const HOST_EPOCH = 1

/** Where jobs live: admits them, runs them, keeps their logs, and ends them. */
export class JobHost {
  readonly jobs: JobTable
  readonly #parts: JobHostParts
  readonly #admission: Admission
  readonly #runner: Runner
  readonly #writer: LogWriter
  readonly #timestamp: () => string
  readonly #running = new Set<Promise<void>>()

  constructor(parts: JobHostParts) {
    const { store, runQueue, clock, random, logger, observers, limits, registry } = parts
    this.#parts = parts
    this.#timestamp = timestamps(clock)
    this.jobs = new JobTable(clock, limits, (jobId) => {
      store
        .deleteJob(jobId)
        .catch((error: unknown) => logger.warn('a job could not be forgotten', { error, jobId }))
    })
    this.#writer = new LogWriter({
      store,
      clock,
      logger,
      hostEpoch: HOST_EPOCH,
      onGivenUp: (jobId) => this.#giveUp(jobId),
      onWritten: () => runQueue.schedule(),
    })
    runQueue.beforeTurn = () => this.#writer.flush()
    this.#admission = new Admission({
      registry,
      jobs: this.jobs,
      store,
      jobIds: randomIds('job', random),
      random,
      now: () => clock.now(),
      limits,
      hostEpoch: HOST_EPOCH,
    })
    this.#runner = new Runner({
      clock,
      logger,
      observers,
      limits,
      resultIds: randomIds('res', random),
      callIds: randomIds('call', random),
      onEnded: (job) => this.#ended(job),
    })
  }

  /** Admits a submit and starts its job. Throws what {@link Admission.admit} throws. */
  async submit(request: SubmitRequest): Promise<Job> {
    const admitted = await this.#admission.admit(request)
    this.#start(admitted, request.submit.max_runtime_sec)
    return admitted.job
  }

  /** Tells every job to end, and waits for their agents within `closeMs`. */
  async close(): Promise<void> {
    const error = new InternalError('the runtime is closing', { details: { reason: 'shutdown' } })
    for (const job of this.jobs.active()) job.end({ cause: 'shutdown', error })
    await Promise.all(this.#running)
    this.jobs.close()
  }

  #start({ job, implementation, input, extensions }: Admitted, maxRuntimeSec: number | undefined): void {
    const { runQueue, limits, observers } = this.#parts
    const emitter = new Emitter({
      job,
      runQueue,
      maxFrameBytes: limits.maxFrameBytes,
      timestamp: this.#timestamp,
      onAppend: (appended, entry) => this.#appended(appended, entry),
    })
    observers.observe({ type: 'job.accepted', job: job.observed() })
    emitter.append('job.queued', { agent: job.facts.agent, position: 0 })
    const work = { job, emitter, implementation, input, extensions }
    const running = this.#runner.run(maxRuntimeSec === undefined ? work : { ...work, maxRuntimeSec })
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
  }

  #appended(job: Job, { type, seq, payload }: LogEntry): void {
    const { runQueue, observers } = this.#parts
    this.#writer.mark(job.log)
    runQueue.schedule()
    if (!observers.watching) return
    const size = payload.length
    observers.observe({ type: 'event.appended', job: job.observed(), eventType: type, seq, size })
  }

  #giveUp(jobId: string): void {
    const error = new InternalError('the store does not take what the job writes', {
      details: { reason: 'store_failed' },
    })
    this.jobs.get(jobId)?.end({ cause: 'store_failed', error })
  }

  #ended(job: Job): void {
    const { store, logger } = this.#parts
    this.jobs.ended(job)
    const change = { state: job.state, ...(job.endedAt === undefined ? {} : { endedAt: job.endedAt }) }
    store.updateJob(job.facts.id, HOST_EPOCH, change).catch((error: unknown) => {
      logger.warn('the end of a job could not be written down', { error, jobId: job.facts.id })
    })
  }
}

/** Timestamps, written out once for all events of a millisecond. */
function timestamps(clock: Clock): () => string {
  let at = Number.NaN
  let text = ''
  return () => {
    const now = clock.now()
    if (now !== at) {
      at = now
      text = formatTimestamp(now)
    }
    return text
  }
}
