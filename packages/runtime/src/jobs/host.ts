import {
  type ArcpError,
  type Clock,
  formatTimestamp,
  InternalError,
  type Random,
  randomIds,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { LogEntry, Store, StoreIdentity } from '@arcp/protocol/store'
import type { AgentRegistry } from '../agents/registry'
import { atMost } from '../at-most'
import type { Observers } from '../observers'
import type { Limits } from '../options'
import type { RunQueue } from '../scheduling/run-queue'
import { Admission, type Admitted, type SubmitRequest } from './admission'
import { Emitter } from './emitter'
import { followPoint } from './follow-point'
import { IdempotencyIndex } from './idempotency'
import type { Job } from './job'
import { JobTable } from './job-table'
import { LogWriter } from './log-writer'
import { Pulse } from './pulse'
import { jobOfToken } from './resume'
import { Runner } from './runner'

/** What a {@link JobHost} needs. */
export interface JobHostParts {
  readonly registry: AgentRegistry
  readonly store: Store
  /** Resolves when the store has opened. */
  readonly identity: Promise<StoreIdentity>
  readonly runQueue: RunQueue
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly observers: Observers
  readonly limits: Limits
}

/** This process writes its own logs alone; a store shared by several runtimes would tell them apart by more. */
const HOST_EPOCH = 1

/** What came of a submit. */
export interface Submitted {
  readonly job: Job
  /** The job existed before. */
  readonly resumed: boolean
  /** Events after this number follow. */
  readonly afterSeq: number
}

/** `job.queued` and `job.started`: whoever resumes without saying from where has seen them. */
const STARTED_SEQ = 2

/** Where jobs live: admits them, runs them, keeps their logs, and ends them. */
export class JobHost {
  readonly jobs: JobTable
  readonly #parts: JobHostParts
  readonly #admission: Admission
  readonly #runner: Runner
  readonly #writer: LogWriter
  readonly #timestamp: () => string
  readonly #keys = new IdempotencyIndex()
  readonly #emitters = new Map<string, Emitter>()
  readonly #running = new Set<Promise<void>>()
  #identity: StoreIdentity | undefined
  #closed = false

  constructor(parts: JobHostParts) {
    const { store, runQueue, clock, random, logger, observers, limits, registry } = parts
    this.#parts = parts
    parts.identity.then(
      (identity) => {
        this.#identity = identity
      },
      () => {},
    )
    this.#timestamp = timestamps(clock)
    this.jobs = new JobTable(clock, limits, (jobId) => {
      this.#keys.forget(jobId)
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
      checkOpen: () => {
        if (this.#closed) throw shutdown()
      },
    })
    this.#runner = new Runner({
      clock,
      logger,
      observers,
      limits,
      resultIds: randomIds('res', random),
      callIds: randomIds('call', random),
      onStarted: (job) => this.#started(job),
      onEnded: (job) => this.#ended(job),
    })
  }

  /**
   * Takes a submit: a job to resume, one its key has made before, or a new one, which is started.
   *
   * @throws what {@link Admission.admit}, {@link jobOfToken} and {@link followPoint} throw; DUPLICATE_KEY
   */
  async submit(request: SubmitRequest): Promise<Submitted> {
    const { submit, scope } = request
    // Once the store is open a job is taken over at once, so that what its new owner asks next finds it its own.
    const identity = this.#identity ?? (await this.#parts.identity)
    if (submit.resume_token !== undefined) {
      const job = jobOfToken(this.jobs, submit, scope, identity)
      const afterSeq = followPoint(job, submit, identity.logEpoch, STARTED_SEQ)
      this.#takeOver(job, request, afterSeq)
      return { job, resumed: true, afterSeq }
    }
    if (submit.idempotency_key === undefined) {
      return { job: await this.#admit(request), resumed: false, afterSeq: 0 }
    }
    const { job, repeated } = await this.#keys.once(scope, submit, () => this.#admit(request))
    if (!repeated) return { job, resumed: false, afterSeq: 0 }
    const afterSeq = followPoint(job, submit, identity.logEpoch, 0)
    this.#takeOver(job, request, afterSeq)
    return { job, resumed: true, afterSeq }
  }

  /**
   * Takes no more submits, tells every job to end, and waits for their agents within `closeMs`; then for the store, as
   * long again.
   */
  async close(): Promise<void> {
    const { clock, runQueue, limits } = this.#parts
    this.#closed = true
    for (const job of this.jobs.active()) job.end({ cause: 'shutdown', error: shutdown() })
    // Nothing else may be left that keeps the process alive until those who wait for the end have it.
    const cut = clock.setTimer(limits.closeMs, () => this.#runner.cut())
    await Promise.all(this.#running)
    cut.cancel()
    await runQueue.nextTurn()
    await atMost(clock, limits.closeMs, this.#writer.settled())
    this.#writer.close()
    this.jobs.close()
  }

  async #admit(request: SubmitRequest): Promise<Job> {
    const admitted = await this.#admission.admit(request)
    if (this.#closed) admitted.job.end({ cause: 'shutdown', error: shutdown() })
    this.#start(admitted, request.submit.max_runtime_sec)
    return admitted.job
  }

  /**
   * The session that asks becomes the owner, unless it only wants back what another one owns by now. From then on the
   * log waits for it, though it follows only when its submit is answered.
   */
  #takeOver(job: Job, { sessionId, submit }: SubmitRequest, afterSeq: number): void {
    const former = job.owner
    if (former === sessionId) return
    if (submit.from_session !== undefined && former !== undefined && former !== submit.from_session) return
    this.jobs.giveTo(job, sessionId)
    job.log.release(afterSeq)
    if (former === undefined) return
    this.#emitters.get(job.facts.id)?.append('job.status', { phase: 'owner_changed' })
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
    this.#emitters.set(job.facts.id, emitter)
    observers.observe({ type: 'job.accepted', job: job.observed() })
    emitter.append('job.queued', { agent: job.facts.agent, position: 0 })
    const work = { job, emitter, implementation, input, extensions }
    const running = this.#runner.run(maxRuntimeSec === undefined ? work : { ...work, maxRuntimeSec })
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
  }

  #started(job: Job): void {
    const { clock, limits } = this.#parts
    const startedAt = clock.monotonic()
    const beat = () => {
      const runningForMs = Math.floor(clock.monotonic() - startedAt)
      for (const follower of job.log.followers) follower.pulse?.(runningForMs)
    }
    job.pulse = new Pulse({ clock, intervalMs: limits.jobHeartbeatMs, beat })
  }

  #appended(job: Job, { type, seq, payload }: LogEntry): void {
    const { runQueue, observers } = this.#parts
    this.#writer.mark(job.log)
    job.pulse?.touch()
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
    job.pulse?.stop()
    this.#emitters.delete(job.facts.id)
    this.jobs.ended(job)
    const change = { state: job.state, ...(job.endedAt === undefined ? {} : { endedAt: job.endedAt }) }
    store.updateJob(job.facts.id, HOST_EPOCH, change).catch((error: unknown) => {
      logger.warn('the end of a job could not be written down', { error, jobId: job.facts.id })
    })
  }
}

function shutdown(): ArcpError {
  return new InternalError('the runtime is closing', { details: { reason: 'shutdown' } })
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
