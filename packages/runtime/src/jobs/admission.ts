import {
  type AnySchema,
  type ArcpError,
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
import type { Credentials } from '../authority/credentials/credentials'
import type { Mandate } from '../authority/delegation/verify'
import { type Grant, grantLease, type LeaseTerms } from '../authority/grant'
import type { Deadline } from '../deadline'
import { invalidRequest } from '../invalid-request'
import type { Observers } from '../observers'
import type { JobQueue, Place } from '../scheduling/job-queue'
import { Job } from './job'
import type { JobTable } from './job-table'
import { JobLog, type LogLimits } from './log'
import { boundsOfChildren, type Parent } from './parent'
import { sameScope } from './scope'

/** What {@link Admission} needs. */
export interface AdmissionParts {
  readonly registry: AgentRegistry
  readonly jobs: JobTable
  /** Where jobs of this depth wait for their turn. */
  readonly queueAt: (depth: number) => JobQueue
  readonly store: Store
  readonly jobIds: IdSource
  readonly random: Random
  readonly observers: Pick<Observers, 'observe' | 'traceOf'>
  readonly credentials: Pick<Credentials, 'of'>
  /** What leases are granted by. */
  readonly terms: LeaseTerms
  readonly limits: LogLimits & { readonly maxFrameBytes: number }
  readonly hostEpoch: number
  /** Throws when no such job may start any more. */
  readonly checkOpen: (request: SubmitRequest) => void
  /** The record of a job was written after its submit had been refused. */
  readonly onLate: (admitted: Admitted) => void
}

/** A submit, and who sent it. */
export interface SubmitRequest {
  readonly submit: JobSubmit
  /** The envelope's `id`; a child has none, and its own id stands for it. */
  readonly submitId?: string
  readonly traceId: string | undefined
  readonly traceContext?: TraceContext | undefined
  /** Empty where nobody owns the parent of a child. */
  readonly sessionId: string
  readonly scope: Scope
  /** What a delegated session may do. */
  readonly mandate?: Mandate | undefined
  /** The job whose agent asks, instead of a session. */
  readonly parent?: Parent
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
 * Decides whether a submit becomes a job: agent, input, lease, limits, credentials, in this order, then the record.
 * `docs/protocol.md` §3.
 */
export class Admission {
  readonly #parts: AdmissionParts

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /**
   * @throws INVALID_REQUEST with paths, AGENT_NOT_AVAILABLE, AGENT_VERSION_NOT_AVAILABLE, PERMISSION_DENIED for the
   * lease, INTERNAL_ERROR at a limit, when the record could not be written, or when it took too long; what the credentials
   * of the job fail with
   */
  async admit(request: SubmitRequest, deadline: Deadline): Promise<Admitted> {
    const { registry, jobs, terms, checkOpen } = this.#parts
    const { submit, scope, mandate, parent } = request
    checkOpen(request)
    if (submit.agent === undefined) throw agentMissing()
    const implementation = registry.resolve(submit.agent)
    const { reference } = implementation.contract
    mandate?.agents.check(reference, submit.agent)
    const checking = checkedInput(implementation, submit.input)
    const input = checking instanceof Promise ? await deadline.race(checking) : checking
    const bounds = parent ? boundsOfChildren(parent) : mandate?.leaseBounds
    const granting = grantLease(submit, scope, reference, terms, bounds)
    const grant = granting instanceof Promise ? await raced(granting, deadline) : granting
    try {
      checkOpen(request)
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
      const providing = this.#provide(admitted, deadline)
      if (providing) await providing
      await this.#record(admitted, request, deadline)
    } catch (error) {
      void admitted.job.credentials?.revoke()
      admitted.place.leave()
      throw error
    } finally {
      jobs.active.subtract(principal)
    }
    jobs.add(admitted.job, { isKeyed: request.submit.idempotency_key !== undefined })
  }

  #placeOf({ submit, scope, parent }: SubmitRequest, implementation: Implementation): Place {
    return this.#parts.queueAt(depthBelow(parent)).enter({
      principal: scope.principal,
      agent: implementation,
      size: () => JSON.stringify(submit).length,
    })
  }

  /** Has the job's credentials made, if it is to have any. */
  #provide({ job, grant }: Admitted, deadline: Deadline): Promise<void> | undefined {
    job.credentials = this.#parts.credentials.of(job.facts, grant.budget)
    const made = job.credentials && deadline.race(job.credentials.issue())
    return made?.catch((error: unknown) => {
      this.#discard(job)
      throw error
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
      submitId: submitId ?? id,
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
    const { scope, sessionId, traceContext, parent } = request
    const labelled = parentJobId === undefined ? {} : { parentJobId }
    const traceId =
      request.traceId ??
      parseTraceParent(traceContext?.traceparent)?.traceId ??
      this.#parts.observers.traceOf({ jobId: id, agent, sessionId, scope, ...labelled }) ??
      this.#traceId()
    return new Job(
      {
        id,
        agent,
        scope,
        lease,
        leaseConstraints: constraints,
        budget: writtenBudget,
        traceId,
        traceContext,
        parentJobId,
        depth: parent && depthBelow(parent),
        handover: request.mandate?.handover ?? parent?.job.facts.handover,
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
  #parentOf({ submit, scope, mandate, parent: maker }: SubmitRequest): string | undefined {
    if (maker) return maker.job.facts.id
    if (mandate?.parentJobId !== undefined) return mandate.parentJobId
    const parent = submit.parent_job_id === undefined ? undefined : this.#parts.jobs.get(submit.parent_job_id)
    return parent && sameScope(parent.facts.scope, scope) ? parent.facts.id : undefined
  }

  #traceId(): string {
    const id = Buffer.from(this.#parts.random(16)).toString('hex')
    return /^0+$/.test(id) ? this.#traceId() : id
  }
}

function depthBelow(parent: Parent | undefined): number {
  return parent ? (parent.job.facts.depth ?? 0) + 1 : 0
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
  throw invalidRequest(result.issues)
}

function agentMissing(): ArcpError {
  const message = 'expected name or name@version'
  return new InvalidRequestError(`agent: ${message}`, {
    details: { issues: [{ path: 'payload.agent', message }] },
  })
}
