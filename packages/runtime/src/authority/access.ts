import { JobNotFoundError } from '@arcp/protocol'
import type { Logger, Observation } from '@arcp/protocol/observe'
import type { Scope } from '@arcp/protocol/store'
import type { Job } from '../jobs/job'
import type { JobTable } from '../jobs/job-table'
import { sameScope, sees } from '../jobs/scope'
import type { Observers } from '../observers'
import type { Policy } from '../policy'

/** Who wants to see or end a job. */
export interface Viewer {
  /** Of its session. */
  readonly id: string
  readonly scope: Scope
}

/** What {@link Access} needs. */
export interface AccessParts {
  readonly policy: Policy
  readonly jobs: JobTable
  readonly observers: Observers
  readonly logger: Logger
}

type AccessObservation = Extract<Observation, { readonly type: 'access.granted' | 'access.denied' }>

/** Who may see a job, and who may cancel it; observers are told of each decision. `docs/protocol.md` §3. */
export class Access {
  readonly #parts: AccessParts

  constructor(parts: AccessParts) {
    this.#parts = parts
  }

  /** Whether a policy may show jobs of others, so that a listing has to look at them all. */
  get isWidened(): boolean {
    return this.#parts.policy.see !== undefined
  }

  /** Whether a job belongs into the viewer's listing. */
  lists(viewer: Viewer, job: Job): boolean {
    return sees(viewer.scope, job.facts.scope) || this.#ask('see', viewer, job)
  }

  /** A job has been listed. Only what a policy adds is told. */
  listed(viewer: Viewer, job: Job): void {
    if (!sees(viewer.scope, job.facts.scope)) this.#told('list', viewer, job, 'policy', true)
  }

  /**
   * The job of this id, to be followed or left. One the viewer may not see is as unknown as one that never was.
   *
   * @throws JOB_NOT_FOUND
   */
  seen(action: 'subscribe' | 'unsubscribe', viewer: Viewer, jobId: string): Job {
    const job = this.#parts.jobs.get(jobId)
    if (!job) throw unknownJob(jobId)
    const isOwn = sees(viewer.scope, job.facts.scope)
    const allowed = isOwn || this.#ask('see', viewer, job)
    this.#told(action, viewer, job, isOwn ? 'scope' : 'policy', allowed)
    if (allowed) return job
    throw unknownJob(jobId)
  }

  /**
   * The job of this id, to be cancelled, and whether the viewer may.
   *
   * @throws JOB_NOT_FOUND
   */
  toCancel(viewer: Viewer, jobId: string): { readonly job: Job; readonly allowed: boolean } {
    const job = this.#parts.jobs.get(jobId)
    if (!job) throw unknownJob(jobId)
    if (!sameScope(viewer.scope, job.facts.scope)) {
      this.#told('cancel', viewer, job, 'scope', false)
      throw unknownJob(jobId)
    }
    const isOwner = job.owner === viewer.id
    const allowed = isOwner || this.#ask('cancel', viewer, job)
    this.#told('cancel', viewer, job, isOwner ? 'owner' : 'policy', allowed)
    return { job, allowed }
  }

  #ask(question: keyof Policy, { scope }: Viewer, job: Job): boolean {
    const failed = (error: unknown) =>
      this.#parts.logger.error('a policy failed, which is taken for no', { error, question })
    try {
      const answer: unknown = this.#parts.policy[question]?.(scope, job.observed())
      // A promise is no yes, though JavaScript takes it for one.
      if (answer instanceof Promise) answer.catch(failed)
      return answer === true
    } catch (error) {
      failed(error)
      return false
    }
  }

  #told(
    action: AccessObservation['action'],
    { id, scope }: Viewer,
    job: Job,
    by: AccessObservation['by'],
    allowed: boolean,
  ): void {
    const { observers } = this.#parts
    if (!observers.watching) return
    const type = allowed ? 'access.granted' : 'access.denied'
    observers.observe({ type, sessionId: id, scope, action, job: job.observed(), by })
  }
}

function unknownJob(jobId: string): Error {
  return new JobNotFoundError(`no job ${jobId}`, { details: { job_id: jobId } })
}
