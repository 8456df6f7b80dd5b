import { type ArcpError, type Clock, InternalError, type Random, randomIds } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Store, StoreIdentity } from '@arcp/protocol/store'
import type { AgentRegistry } from '../agents/registry'
import { atMost } from '../at-most'
import type { Ceiling } from '../authority/ceiling'
import { Credentials } from '../authority/credentials/credentials'
import type { CredentialProvisioner } from '../authority/credentials/provisioner'
import type { DelegationTokens } from '../authority/delegation/delegation-tokens'
import type { Deadline } from '../deadline'
import type { Limits } from '../limits'
import type { Observers } from '../observers'
import { JobQueue } from '../scheduling/job-queue'
import type { RunQueue } from '../scheduling/run-queue'
import { shutdownError } from '../shutdown'
import { Tally } from '../tally'
import { Admission, type Admitted, type SubmitRequest } from './admission'
import { ChildMaker } from './child-maker'
import { Deciding } from './deciding'
import { JobExecutor } from './executor'
import { followPoint } from './follow-point'
import { IdempotencyIndex } from './idempotency'
import type { Job } from './job'
import { JobTable } from './job-table'
import type { WhenLogFull } from './log'
import { jobOfToken } from './resume'

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
  /** The most a lease may grant; default: the one of `createRuntime`. */
  readonly ceiling?: Ceiling | undefined
  /** Where relative paths start, absolute and real; without it no file is granted by default. */
  readonly fsRoot?: string | undefined
  /** Who makes credentials for jobs. */
  readonly provisioners?: readonly CredentialProvisioner[] | undefined
  /** Says what a delegation token of an agent is to say. */
  readonly prepareToken: DelegationTokens['prepare']
  readonly limits: Limits
  readonly whenLogFull?: WhenLogFull
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

/** Where jobs live: admits them, says whose they are, and ends them. */
export class JobHost {
  readonly jobs: JobTable
  readonly #parts: JobHostParts
  readonly #admission: Admission
  readonly #executor: JobExecutor
  readonly #keys: IdempotencyIndex
  readonly #credentials: Credentials
  readonly #deciding: Deciding
  readonly #children: ChildMaker
  #identity: StoreIdentity | undefined
  /** Whether new jobs are taken. */
  #open = true
  #closed = false

  constructor(parts: JobHostParts) {
    const { store, clock, random, logger, limits, whenLogFull } = parts
    this.#parts = parts
    parts.identity.then(
      (identity) => {
        this.#identity = identity
        void this.#credentials.resume()
      },
      () => {},
    )
    this.#keys = new IdempotencyIndex(limits)
    this.#credentials = new Credentials({ ...parts, provisioners: parts.provisioners ?? [] })
    /** What a store keeps too long does no harm. */
    const letGo = async (jobId: string, act: () => Promise<void> | undefined): Promise<void> => {
      try {
        await act()
      } catch (error) {
        logger.warn('a job could not be forgotten', { error, jobId })
      }
    }
    this.jobs = new JobTable({
      clock,
      limits,
      onShortened: (job) => {
        this.#keys.shortened(job)
        const { id } = job.facts
        void letGo(id, () => store.trimLog(id, job.log.firstSeq))
      },
      onForgotten: (job) => {
        this.#keys.forget(job)
        const { id } = job.facts
        void letGo(id, () => store.deleteJob(id))
      },
    })
    const resultBytes = new Tally({
      reason: 'child_result_bytes',
      all: limits.childResultBytes,
      perPrincipal: limits.childResultBytesPerPrincipal,
    })
    this.#executor = new JobExecutor({
      ...parts,
      jobs: this.jobs,
      hostEpoch: HOST_EPOCH,
      childrenOf: (parent) => ({
        nameOf: (reference) => parts.registry.nameOf(reference),
        resultBytes,
        onResult: (child) => this.jobs.read(child),
        make: (submit, onMade) => this.#children.make(parent, submit, onMade),
      }),
    })
    const queues: JobQueue[] = []
    this.#admission = new Admission({
      ...parts,
      jobs: this.jobs,
      queueAt: (depth) => {
        queues[depth] ??= new JobQueue(clock, limits)
        return queues[depth]
      },
      jobIds: randomIds('job', random),
      credentials: this.#credentials,
      terms: { ceiling: undefined, fsRoot: undefined, ...parts },
      limits: { ...limits, whenLogFull },
      hostEpoch: HOST_EPOCH,
      checkOpen: ({ parent }) => {
        // Jobs may come to their own ends while no new ones are taken.
        if (parent ? this.#closed : !this.#open) throw shutdownError()
      },
      onLate: (late) => this.#endLate(late),
    })
    const { admissionMs } = limits
    this.#deciding = new Deciding({ clock, admissionMs, active: this.jobs.active })
    this.#children = new ChildMaker({
      admission: this.#admission,
      executor: this.#executor,
      jobs: this.jobs,
      deciding: this.#deciding,
      observers: parts.observers,
      limits,
    })
  }

  /**
   * Takes a submit: a job to resume, one its key has made before, or a new one, which runs when its turn comes.
   *
   * @throws PERMISSION_DENIED for an agent the session's token does not name; what {@link Admission.admit},
   * {@link jobOfToken} and {@link followPoint} throw; DUPLICATE_KEY; INTERNAL_ERROR when it took too long
   */
  async submit(request: SubmitRequest): Promise<Submitted> {
    const { submit, scope, mandate } = request
    // A job that is taken up by its token is the scope's own, whatever agent it is of.
    if (submit.agent !== undefined && submit.resume_token === undefined)
      mandate?.agents.checkName(submit.agent)
    // Once the store is open a job is taken over at once, so that what its new owner asks next finds it its own.
    const identity = this.#identity ?? (await this.#parts.identity)
    if (submit.resume_token !== undefined) {
      const job = jobOfToken(this.jobs, submit, scope, identity)
      // Whoever does not say from where has seen the job start; of one that waits, what there is.
      const seen = job.startedSeq ?? job.log.lastSeq
      const afterSeq = followPoint(job, submit, identity.logEpoch, seen)
      this.#takeUp(job, request, afterSeq)
      return { job, resumed: true, afterSeq }
    }
    return this.#deciding.on(scope.principal, (deadline) => this.#make(request, identity, deadline))
  }

  /** Takes no more jobs; resolves when every submit has been decided, and the jobs there are have ended. */
  async drained(): Promise<void> {
    this.#open = false
    await this.#deciding.settled()
    await this.jobs.idle()
  }

  /**
   * Takes no more jobs, refuses what has not been decided yet, tells every job to end, and waits for their agents, for
   * what is to be revoked, and for the store within `closeMs` each.
   */
  async close(): Promise<void> {
    const { clock, limits } = this.#parts
    this.#open = false
    this.#closed = true
    this.#deciding.end(shutdownError())
    for (const job of this.jobs.unended()) job.end({ cause: 'shutdown', error: shutdownError() })
    const revoked = atMost(clock, limits.closeMs, this.#credentials.tried())
    await this.#executor.close()
    await revoked
    this.#credentials.close()
    this.jobs.close()
  }

  /** A new job, or the one its key has made. */
  async #make(request: SubmitRequest, identity: StoreIdentity, deadline: Deadline): Promise<Submitted> {
    const { submit, scope } = request
    if (submit.idempotency_key === undefined) {
      return { job: await this.#admit(request, deadline), resumed: false, afterSeq: 0 }
    }
    const { job, repeated } = await this.#keys.once(scope, submit, deadline, () =>
      this.#admit(request, deadline),
    )
    if (!repeated) return { job, resumed: false, afterSeq: 0 }
    const afterSeq = followPoint(job, submit, identity.logEpoch, 0)
    this.#takeUp(job, request, afterSeq)
    return { job, resumed: true, afterSeq }
  }

  async #admit(request: SubmitRequest, deadline: Deadline): Promise<Job> {
    const admitted = await this.#admission.admit(request, deadline)
    const { job } = admitted
    if (!request.isLive()) this.jobs.abandon(job)
    if (this.#closed) job.end({ cause: 'shutdown', error: shutdownError() })
    this.#executor.execute(admitted, request.submit.max_runtime_sec)
    return job
  }

  /** Its submit has been refused, so it belongs to nobody and is never started. */
  #endLate(admitted: Admitted): void {
    const { job } = admitted
    this.jobs.add(job, { isKeyed: false })
    this.jobs.abandon(job)
    job.end({ cause: 'runtime_lost', error: lost() })
    this.#executor.execute(admitted)
  }

  #takeUp(job: Job, request: SubmitRequest, afterSeq: number): void {
    const { sessionId, traceContext } = request
    const former = job.owner
    this.#takeOver(job, request, afterSeq)
    this.#parts.observers.observe({
      type: 'job.resumed',
      job: job.observed(),
      sessionId,
      ...(former !== undefined && former !== job.owner && { formerOwner: former }),
      ...(traceContext && { traceContext }),
    })
  }

  /**
   * The session that asks becomes the owner, unless it only wants back what another one owns by now, or has ended
   * meanwhile. From then on the log waits for it, though it follows only when its submit is answered.
   */
  #takeOver(job: Job, { sessionId, submit, isLive }: SubmitRequest, afterSeq: number): void {
    const former = job.owner
    if (former === sessionId || !isLive()) return
    if (submit.from_session !== undefined && former !== undefined && former !== submit.from_session) return
    this.jobs.giveTo(job, sessionId)
    job.log.release(afterSeq)
    this.#children.follow(job)
    if (former !== undefined) job.tell?.({ phase: 'owner_changed' })
  }
}

function lost(): ArcpError {
  return new InternalError('the job was written down too late to be started', {
    details: { reason: 'runtime_lost' },
  })
}
