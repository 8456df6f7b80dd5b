import {
  type AnySchema,
  type ArcpError,
  describeIssues,
  type Extensions,
  type IdSource,
  InternalError,
  InvalidRequestError,
  isArcpError,
  type JobSubmit,
  parseTraceParent,
  pickExtensions,
  type Random,
  type TraceContext,
  validate,
} from '@arcp/protocol'
import type { Scope, Store } from '@arcp/protocol/store'
import type { Implementation } from '../agents/implement'
import type { AgentRegistry } from '../agents/registry'
import type { Mandate } from '../authority/delegation/verify'
import { type Grant, grantLease, type LeaseTerms } from '../authority/grant'
import type { Deadline } from '../deadline'
import type { Observers } from '../observers'
import type { JobQueue, Place } from '../scheduling/job-queue'
import { Job } from './job'
import type { JobTable } from './job-table'
import { JobLog, type LogLimits } from './log'
import { sameScope } from './scope'

/** What {@link Admission} needs. */
export interface AdmissionParts {
  readonly registry: AgentRegistry
  readonly jobs: JobTable
  readonly queue: JobQueue
  readonly store: Store
  readonly jobIds: IdSource
  readonly random: Random
  readonly observers: Pick<Observers, 'observe' | 'traceOf'>
  /** What leases are granted by. */
  readonly terms: LeaseTerms
  readonly limits: LogLimits & { readonly maxFrameBytes: number }
  readonly hostEpoch: number
  /** Throws when no job may start any more. */
  readonly checkOpen: () => void
  /** The record of a job was written after its submit had been refused. */
  readonly onLate: (admitted: Admitted) => void
}

/** A submit, and who sent it. */
export interface SubmitRequest {
  readonly submit: JobSubmit
  /** The envelope's `id`. */
  readonly submitId: string
  readonly traceId: string | undefined
  readonly traceContext?: TraceContext | undefined
  readonly sessionId: string
  readonly scope: Scope
  /** What a delegated session may do. */
  readonly mandate?: Mandate | undefined
  /** Whether the session has not ended for good meanwhile. */
  readonly isLive: () => boolean
}

/** A job that may start. */
export interface Admitted {
  readonly job: Job
  readonly implementation: Implementation
  readonly input: unknown
  readonly extensions: Extensions
  readonly grant: Grant
  /** When it may start. */
  readonly place: Place
}

/**
 * Decides whether a submit becomes a job: agent, input, lease, limits, in this order, then the record.
 * `docs/protocol.md` §3.
 */
export class Admission {
  readonly #parts: AdmissionParts

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /**
   * @throws INVALID_REQUEST with paths, AGENT_NOT_AVAILABLE, AGENT_VERSION_NOT_AVAILABLE, PERMISSION_DENIED for the
   * lease, INTERNAL_ERROR at a limit, when the record could not be written, or when it took too long
   */
  async admit(request: SubmitRequest, deadline: Deadline): Promise<Admitted> {
    const { registry, jobs, terms, checkOpen } = this.#parts
    const { submit, scope, mandate } = request
    checkOpen()
    if (submit.agent === undefined) throw agentMissing()
    const implementation = registry.resolve(submit.agent)
    const { reference } = implementation.contract
    mandate?.agents.check(reference, submit.agent)
    const checking = checkedInput(implementation, submit.input)
    const input = checking instanceof Promise ? await deadline.race(checking) : checking
    const granting = grantLease(submit, scope, reference, terms, mandate?.leaseBounds)
    const grant = granting instanceof Promise ? await raced(granting, deadline) : granting
    try {
      checkOpen()
      jobs.active.check(scope.principal)
      const place = this.#placeOf(request, implementation)
      const job = this.#create(request, reference, grant)
      const extensions = pickExtensions(submit) ?? {}
      const admitted = { job, implementation, input, extensions, grant, place }
      await this.#enter(admitted, request, deadline)
      return admitted
    } catch (error) {
      grant.settle()
      throw error
    }
  }

  async #enter(admitted: Admitted, request: SubmitRequest, deadline: Deadline): Promise<void> {
    const { jobs } = this.#parts
    const { principal } = request.scope
    jobs.active.add(principal)
    try {
      await this.#record(admitted, request, deadline)
    } catch (error) {
      admitted.place.leave()
      throw error
    } finally {
      jobs.active.subtract(principal)
    }
    jobs.add(admitted.job, { isKeyed: request.submit.idempotency_key !== undefined })
  }

  #placeOf({ submit, scope }: SubmitRequest, implementation: Implementation): Place {
    return this.#parts.queue.enter({
      principal: scope.principal,
      agent: implementation,
      size: () => JSON.stringify(submit).length,
    })
  }

  async #record(admitted: Admitted, request: SubmitRequest, deadline: Deadline): Promise<void> {
    let written: Promise<void> | undefined
    try {
      written = this.#write(admitted.job, request)
      if (written) await deadline.race(written)
    } catch (cause) {
      if (!deadline.passed) {
        this.#discard(admitted.job)
        throw new InternalError('the job could not be written down', { cause })
      }
      written?.then(
        () => this.#parts.onLate(admitted),
        () => this.#discard(admitted.job),
      )
      throw isArcpError(cause) ? cause : new InternalError('the job could not be written down', { cause })
    }
  }

  #write({ facts }: Job, { scope, sessionId, submitId }: SubmitRequest): Promise<void> | undefined {
    const { id, agent, lease, leaseConstraints, traceId, parentJobId, createdAt } = facts
    const { store, hostEpoch } = this.#parts
    return store.createJob({
      jobId: id,
      agent,
      scope,
      sessionId,
      submitId,
      state: 'queued',
      lease,
      ...(leaseConstraints === undefined ? {} : { leaseConstraints }),
      traceId,
      ...(parentJobId === undefined ? {} : { parentJobId }),
      createdAt,
      hostEpoch,
    })
  }

  #discard(job: Job): void {
    this.#parts.observers.observe({ type: 'job.discarded', job: job.observed() })
  }

  #create(request: SubmitRequest, agent: string, grant: Grant): Job {
    const { jobIds, limits } = this.#parts
    const { lease, constraints, writtenBudget, acceptedAt } = grant
    const id = jobIds()
    const parentJobId = this.#parentOf(request)
    const { scope, sessionId, traceContext } = request
    const parent = parentJobId === undefined ? {} : { parentJobId }
    const traceId =
      request.traceId ??
      parseTraceParent(traceContext?.traceparent)?.traceId ??
      this.#parts.observers.traceOf({ jobId: id, agent, sessionId, scope, ...parent }) ??
      this.#traceId()
    return new Job(
      {
        id,
        agent,
        scope,
        lease,
        ...(constraints === undefined ? {} : { leaseConstraints: constraints }),
        ...(writtenBudget === undefined ? {} : { budget: writtenBudget }),
        traceId,
        ...(traceContext && { traceContext }),
        ...parent,
        createdAt: acceptedAt,
        log: new JobLog(id, limits),
      },
      sessionId,
    )
  }

  /**
   * What a token delegates for is a label, as it says. A client's own parent is one too, kept if it names a job the
   * client may know of.
   */
  #parentOf({ submit, scope, mandate }: SubmitRequest): string | undefined {
    if (mandate?.parentJobId !== undefined) return mandate.parentJobId
    const parent = submit.parent_job_id === undefined ? undefined : this.#parts.jobs.get(submit.parent_job_id)
    return parent && sameScope(parent.facts.scope, scope) ? parent.facts.id : undefined
  }

  #traceId(): string {
    const id = Buffer.from(this.#parts.random(16)).toString('hex')
    return /^0+$/.test(id) ? this.#traceId() : id
  }
}

/** A grant that comes too late gives back what it has taken. */
async function raced(granting: Promise<Grant>, deadline: Deadline): Promise<Grant> {
  try {
    return await deadline.race(granting)
  } catch (error) {
    granting.then(
      ({ settle }) => settle(),
      () => {},
    )
    throw error
  }
}

/** The input as its schema makes it; at once where there is none. */
function checkedInput({ contract }: Implementation, input: unknown): unknown {
  return contract.input === undefined ? (input ?? null) : validatedInput(contract.input, input)
}

async function validatedInput(schema: AnySchema, input: unknown): Promise<unknown> {
  const result = await validate(schema, input, 'input').catch((cause: unknown) => {
    throw new InternalError('the input could not be checked', { cause })
  })
  if (result.ok) return result.value
  throw new InvalidRequestError(describeIssues(result.issues), { details: { issues: result.issues } })
}

function agentMissing(): ArcpError {
  const message = 'expected name or name@version'
  return new InvalidRequestError(`agent: ${message}`, {
    details: { issues: [{ path: 'payload.agent', message }] },
  })
}
