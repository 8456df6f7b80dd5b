import { type IdSource, isArcpError, PermissionDeniedError, type WireError } from '@arcp/protocol'
import type { Emitter } from '../../jobs/emitter'
import { briefForm, writableForm } from '../../jobs/failure'
import type { Guard } from '../guard'
import { redacted } from '../redacted'

/** What an agent is about to do. */
export interface Operation {
  readonly namespace: string
  /** What the guard looks at. */
  readonly target: string
  /** What the agent called it; all that followers are told, should it be denied. */
  readonly named: string
}

/** What a {@link Permit} needs. */
export interface PermitParts {
  readonly guard: Pick<Guard, 'check' | 'refuse'>
  readonly emitter: Pick<Emitter, 'emit'>
  readonly callIds: IdSource
  /** Whether the job has its terminal. */
  readonly isOver: () => boolean
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
  async check(operation: Operation): Promise<void> {
    this.checkOpen()
    const { namespace, target, named } = operation
    try {
      this.#parts.guard.check(namespace, target, named)
    } catch (error) {
      await this.#tell(operation, error)
      throw error
    }
  }

  /**
   * Denies what the lease allows by its text, for a reason that lies elsewhere.
   *
   * @throws PERMISSION_DENIED, always
   */
  async refuse(operation: Operation, why: string): Promise<never> {
    const { namespace, target, named } = operation
    const error = this.#parts.guard.refuse(namespace, target, why, named)
    await this.#tell(operation, error)
    throw error
  }

  /** @throws PERMISSION_DENIED once the job has ended: what it was lent ends with it */
  checkOpen(): void {
    if (this.#parts.isOver()) throw new PermissionDeniedError('the job has ended, and its lease with it')
  }

  async #tell({ namespace, named }: Operation, error: unknown): Promise<void> {
    if (!isArcpError(error)) return
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
