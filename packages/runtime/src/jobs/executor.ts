import { type Clock, InternalError, LeaseExpiredError, type Random, randomIds } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { LogEntry, Store } from '@arcp/protocol/store'
import { atMost } from '../at-most'
import { decisionsOf } from '../authority/decisions'
import type { DelegationTokens } from '../authority/delegation/delegation-tokens'
import { ExpiryWatch } from '../authority/expiry-watch'
import { Guard } from '../authority/guard'
import { Spending } from '../authority/spending'
import type { Limits } from '../limits'
import type { Observers } from '../observers'
import type { RunQueue } from '../scheduling/run-queue'
import type { Admitted } from './admission'
import type { ChildHost } from './delegate'
import { Emitter } from './emitter'
import type { Job } from './job'
import type { JobTable } from './job-table'
import { LogWriter } from './log-writer'
import type { Parent } from './parent'
import { Pulse } from './pulse'
import { RecordWriter } from './record-writer'
import { Runner } from './runner'
import { timestamps } from './timestamps'

/** What a {@link JobExecutor} needs. */
export interface JobExecutorParts {
  readonly jobs: JobTable
  readonly store: Store
  readonly runQueue: RunQueue
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly observers: Observers
  readonly limits: Limits
  /** Absolute and real. */
  readonly fsRoot?: string | undefined
  readonly hostEpoch: number
  /** Where children of a job are made. */
  readonly childrenOf: (parent: Parent) => ChildHost
  readonly prepareToken: DelegationTokens['prepare']
}

/** Takes admitted jobs from `job.queued` to their end, each when its turn comes, and keeps what they tell. */
export class JobExecutor {
  readonly #parts: JobExecutorParts
  readonly #runner: Runner
  readonly #logs: LogWriter
  readonly #records: RecordWriter
  readonly #expiries: ExpiryWatch
  readonly #timestamp: () => string

  constructor(parts: JobExecutorParts) {
    const { store, runQueue, clock, random, logger, hostEpoch } = parts
    this.#parts = parts
    this.#expiries = new ExpiryWatch(clock)
    this.#timestamp = timestamps(clock)
    this.#records = new RecordWriter(store, logger, hostEpoch)
    this.#logs = new LogWriter({
      ...parts,
      onGivenUp: (jobId) => this.#giveUp(jobId),
      onWritten: () => runQueue.schedule(),
    })
    runQueue.beforeTurn = () => this.#logs.flush()
    this.#runner = new Runner({
      ...parts,
      expiries: this.#expiries,
      resultIds: randomIds('res', random),
      callIds: randomIds('call', random),
      onStarted: (job) => this.#started(job),
      onEnded: (job) => this.#ended(job),
    })
  }

  /** Starts a job when its turn comes; one that has ended by then gets its terminal and is never started. */
  execute({ job, grant, place, ...admitted }: Admitted, maxRuntimeSec?: number): void {
    const { runQueue, limits, observers } = this.#parts
    const emitter = new Emitter({
      job,
      runQueue,
      maxFrameBytes: limits.maxFrameBytes,
      timestamp: this.#timestamp,
      onAppend: this.#onAppend,
    })
    job.tell = (status) => emitter.append('job.status', status)
    if (job.credentials) {
      job.credentials.onRotated = () => emitter.emit('job.status', { phase: 'credential_rotated' })
    }
    observers.observe({ type: 'job.accepted', job: job.observed() })
    emitter.append('job.queued', { agent: job.facts.agent, position: place.position })
    const { countdown, budget } = grant
    const isOver = () => job.endedAt !== undefined
    const onDecision = decisionsOf(job, observers)
    const guard = new Guard({ lease: grant.enforced, countdown, budget, onDecision, isOver })
    const spending = new Spending({
      budget,
      emitter,
      guard,
      maxReservations: limits.reservations,
      onCharge: (currency, amount) =>
        observers.observe({ type: 'job.charged', job: job.observed(), currency, amount }),
      isOver,
    })
    const work = { job, emitter, grant, guard, spending, ...admitted }
    const expire = () =>
      job.end({ cause: 'lease_expired', error: new LeaseExpiredError('the lease has ended') })
    if (countdown) {
      const expiry = this.#expiries.watch(countdown, expire)
      void job.ended.then(() => expiry.cancel())
    }
    let begun = false
    const begin = () => {
      if (begun) return
      begun = true
      if (countdown?.isOver) expire()
      const running = this.#runner.run(maxRuntimeSec === undefined ? work : { ...work, maxRuntimeSec })
      void running.then(() => place.leave())
    }
    place.onTurn(begin)
    if (!begun) void job.ended.then(begin)
  }

  /** Waits for every job that was told to end, and for their agents within `closeMs`; then for the store, as long again. */
  async close(): Promise<void> {
    const { clock, jobs, runQueue, limits } = this.#parts
    // Nothing else may be left that keeps the process alive until those who wait for the end have it.
    const cut = clock.setTimer(limits.closeMs, () => this.#runner.cut())
    await jobs.idle()
    cut.cancel()
    await runQueue.nextTurn()
    await atMost(clock, limits.closeMs, Promise.all([this.#logs.settled(), this.#records.settled()]))
    this.#logs.close()
  }

  #started(job: Job): void {
    const { clock, limits } = this.#parts
    const startedAt = clock.monotonic()
    const beat = () => {
      const runningForMs = Math.floor(clock.monotonic() - startedAt)
      for (const follower of job.log.followers) follower.pulse?.(runningForMs)
    }
    job.pulse = new Pulse({ clock, intervalMs: limits.jobHeartbeatMs, beat })
    this.#record(job)
  }

  /** One for all jobs, so that none of them keeps more alive than it has to. */
  readonly #onAppend = (job: Job, { type, seq, payload }: LogEntry): void => {
    const { runQueue, observers } = this.#parts
    this.#logs.mark(job.log)
    job.pulse?.touch()
    runQueue.schedule()
    if (!observers.watching) return
    const size = payload.length
    const observed = job.observed()
    observers.observe({ type: 'event.appended', job: observed, eventType: type, seq, size })
    observers.read(observed, type, payload)
  }

  #giveUp(jobId: string): void {
    const error = new InternalError('the store does not take what the job writes', {
      details: { reason: 'store_failed' },
    })
    this.#parts.jobs.get(jobId)?.end({ cause: 'store_failed', error })
  }

  #ended(job: Job): void {
    job.pulse?.stop()
    job.pulse = undefined
    job.tell = undefined
    const { jobs } = this.#parts
    jobs.ended(job)
    jobs.get(job.facts.parentJobId ?? '')?.children?.remove(job)
    this.#record(job)
  }

  /** Writes down how the job stands now. */
  #record({ facts, state, startedAt, endedAt, errorCode }: Job): void {
    this.#records.change(facts.id, {
      state,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(errorCode === undefined ? {} : { errorCode }),
    })
  }
}
