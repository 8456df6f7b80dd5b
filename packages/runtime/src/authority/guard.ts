import {
  type ArcpError,
  BudgetExhaustedError,
  type Lease,
  LeaseExpiredError,
  PermissionDeniedError,
} from '@arcp/protocol'
import { covers } from '@arcp/protocol/lease'
import type { Budget } from './budget'
import type { Countdown } from './countdown'
import type { OnDecision } from './decisions'
import { redacted } from './redacted'

/** What a {@link Guard} needs. */
export interface GuardParts {
  /** Its patterns for files are absolute, and lead through no symbolic link. */
  readonly lease: Lease
  /** `undefined` for a lease without an end. */
  readonly countdown?: Countdown | undefined
  readonly budget: Pick<Budget, 'exhausted'>
  readonly onDecision: OnDecision
}

/** The longest target that is looked at: matching takes time in proportion to it. */
const MAX_TARGET_LENGTH = 16_384

/**
 * Stands before every operation of a job: what the lease does not name does not happen, nor does anything once it has
 * ended or its money is spent. `docs/protocol.md` §7.
 */
export class Guard {
  readonly #parts: GuardParts

  constructor(parts: GuardParts) {
    this.#parts = parts
  }

  /**
   * Decides at this moment whether an operation may happen.
   *
   * @param target for `fs.*` an absolute path that leads through no symbolic link, for `net.fetch` a URL
   * @param named what the agent called it, which is all that agents and followers are told; default: the target
   * @throws LEASE_EXPIRED, BUDGET_EXHAUSTED, PERMISSION_DENIED, looked for in this order
   */
  check(namespace: string, target: string, named: string = target): void {
    const refusal = this.#refusal(namespace, target, redacted(namespace, named))
    this.#parts.onDecision(namespace, redacted(namespace, target), refusal?.code)
    if (refusal) throw refusal
  }

  /** Tells of an operation that is denied for a reason its target does not show; the error is to be thrown. */
  refuse(namespace: string, target: string, why: string, named: string = target): ArcpError {
    this.#parts.onDecision(namespace, redacted(namespace, target), 'PERMISSION_DENIED')
    return new PermissionDeniedError(why, { details: { namespace, target: redacted(namespace, named) } })
  }

  #refusal(namespace: string, target: string, told: string) {
    const { lease, countdown, budget } = this.#parts
    const details = { namespace, target: told }
    if (countdown?.isOver) return new LeaseExpiredError('the lease has ended', { details })
    const currency = budget.exhausted
    if (currency !== undefined) {
      return new BudgetExhaustedError(`the budget of ${currency} is used up`, {
        details: { ...details, currency },
      })
    }
    if (target.length <= MAX_TARGET_LENGTH && covers(lease, namespace, target)) return undefined
    return new PermissionDeniedError(`the lease does not grant ${namespace} for ${JSON.stringify(told)}`, {
      details,
    })
  }
}
