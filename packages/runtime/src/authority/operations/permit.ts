import { ArcpError, type IdSource, PermissionDeniedError, type WireError } from '@arcp/protocol'
import type { Emitter } from '../../jobs/emitter'
import { briefForm, writableForm } from '../../jobs/failure'
import type { Guard, Operation } from '../guard'
import { redacted } from '../redacted'

/** What a {@link Permit} needs. */
export interface PermitParts {
  readonly guard: Pick<Guard, 'check' | 'decide' | 'checkLasting'>
  readonly emitter: Pick<Emitter, 'emit'>
  readonly callIds: IdSource
}

/**
 * Asks the guard before an operation, and tells the stream of one that is denied: a `job.tool_call` and its
 * `job.tool_result`. Of one that is allowed the stream learns nothing. `docs/protocol.md` §7.
 */
export class Permit {
  readonly #parts: PermitParts

  constructor(parts: PermitParts) {
    this.#parts = parts
  }

  /** @throws LEASE_EXPIRED, BUDGET_EXHAUSTED, PERMISSION_DENIED */
  check(operation: Operation): Promise<void> {
    return this.#decided(operation, (guard) => guard.check(operation))
  }

  /**
   * Denies what the lease allows by its text, for a reason that lies elsewhere.
   *
   * @throws LEASE_EXPIRED, BUDGET_EXHAUSTED; else `why`, or PERMISSION_DENIED that says so
   */
  refuse(operation: Operation, why: string | ArcpError): Promise<never> {
    const error = typeof why === 'string' ? denied(operation, why) : why
    return this.#decided(operation, (guard) => guard.decide<never>(operation, () => error))
  }

  /** @throws LEASE_EXPIRED; PERMISSION_DENIED once the job has ended */
  checkLasting(operation: Operation): Promise<void> {
    return this.#decided(operation, (guard) => guard.checkLasting(operation))
  }

  async #decided<T>(operation: Operation, decide: (guard: PermitParts['guard']) => T): Promise<T> {
    try {
      return decide(this.#parts.guard)
    } catch (error) {
      if (error instanceof ArcpError) await this.#tell(operation, error)
      throw error
    }
  }

  async #tell({ namespace, target, named = target }: Operation, error: ArcpError): Promise<void> {
    const { emitter, callIds } = this.#parts
    const call_id = callIds()
    const args = { target: redacted(namespace, named) }
    const say = (form: WireError) => emitter.emit('job.tool_result', { call_id, error: form })
    try {
      await emitter.emit('job.tool_call', { call_id, tool: namespace, args })
      await say(writableForm(error)).catch(() => say(briefForm(error)))
    } catch {
      // The job has ended meanwhile, and nobody reads on.
    }
  }
}

function denied({ namespace, target, named = target }: Operation, why: string): ArcpError {
  return new PermissionDeniedError(why, { details: { namespace, target: redacted(namespace, named) } })
}
