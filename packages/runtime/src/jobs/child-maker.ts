import { CancelledError, InternalError, isArcpError, type JobSubmit } from '@arcp/protocol'
import { decisionsOf } from '../authority/decisions'
import type { Observers } from '../observers'
import type { Admission } from './admission'
import { Children } from './children'
import type { Deciding } from './deciding'
import type { JobExecutor } from './executor'
import type { Job } from './job'
import type { JobTable } from './job-table'
import type { Parent } from './parent'

/** What a {@link ChildMaker} needs. */
export interface ChildMakerParts {
  readonly admission: Admission
  readonly executor: JobExecutor
  readonly jobs: JobTable
  readonly deciding: Deciding
  readonly observers: Observers
  readonly limits: { readonly childJobs: number; readonly childDepth: number }
}

/** Makes jobs of what other jobs' agents hand out, and says whose they are. `docs/protocol.md` §8. */
export class ChildMaker {
  readonly #parts: ChildMakerParts

  constructor(parts: ChildMakerParts) {
    this.#parts = parts
  }

  /**
   * Makes a child; `onMade` is called before it begins.
   *
   * @throws CANCELLED when its parent ends first; INTERNAL_ERROR where there are as many as may be, or it would stand too
   * deep; what {@link Admission.admit} throws
   */
  make(parent: Parent, submit: JobSubmit, onMade: (child: Job) => void): Promise<void> {
    const { admission, executor, deciding } = this.#parts
    const { job } = parent
    const { scope, traceId } = job.facts
    return deciding.on(scope.principal, async (deadline) => {
      const children = this.#childrenOf(parent)
      children.begin(deadline)
      try {
        const sessionId = job.owner ?? ''
        const request = { submit, sessionId, scope, traceId, parent, isLive: () => true }
        const admitted = await admission.admit(request, deadline)
        admitted.job.unread = true
        this.#give(admitted.job, job.owner)
        children.add(admitted.job)
        onMade(admitted.job)
        executor.execute(admitted, submit.max_runtime_sec)
      } catch (error) {
        this.#tellDenied(job, submit, error)
        throw error
      } finally {
        children.decided(deadline)
      }
    })
  }

  /** A job has a new owner, and so have those below it. */
  follow({ children, owner }: Job): void {
    for (const child of children?.unended ?? []) {
      const isNew = child.owner !== owner
      const hadOwner = child.owner !== undefined
      if (isNew) this.#give(child, owner)
      if (isNew && hadOwner) child.tell?.({ phase: 'owner_changed' })
      this.follow(child)
    }
  }

  #childrenOf({ job, spending }: Parent): Children<Job> {
    const { childJobs, childDepth } = this.#parts.limits
    if (job.ending) throw new CancelledError('the parent has ended')
    if ((job.facts.depth ?? 0) >= childDepth) throw tooDeep(childDepth)
    job.children ??= new Children(childJobs, () => spending.tellMoved())
    return job.children
  }

  /** Observers have been told that the job may delegate to this agent; not so, if what it gives along is too much. */
  #tellDenied(job: Job, { agent = '' }: JobSubmit, error: unknown): void {
    const isBeyond = isArcpError(error, 'LEASE_SUBSET_VIOLATION') || isArcpError(error, 'PERMISSION_DENIED')
    if (isBeyond) decisionsOf(job, this.#parts.observers)('agent.delegate', agent, error.code)
  }

  /** An owner that does not follow it, for it has not asked to, is not waited for. */
  #give(child: Job, owner: string | undefined): void {
    const { log } = child
    this.#parts.jobs.giveTo(child, owner)
    child.awaited = [...log.followers].some((follower) => follower.ownerChanged?.())
    if (!child.awaited) log.release(Number.POSITIVE_INFINITY)
  }
}

function tooDeep(limit: number): Error {
  return new InternalError('children of children may stand no deeper', {
    retryable: false,
    details: { reason: 'child_depth', limit },
  })
}
