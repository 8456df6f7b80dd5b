import {
  ArcpError,
  BudgetExhaustedError,
  type Lease,
  LeaseExpiredError,
  PermissionDeniedError,
} from '@arcp/protocol'
import { type Coverage, coverageOf, privateHostOf } from '@arcp/protocol/lease'
import type { Budget } from './budget'
import type { Countdown } from './countdown'
import type { OnDecision } from './decisions'
import { redacted } from './redacted'

/** What an agent is about to do. */
export interface Operation {
  readonly namespace: string
  /** For `fs.*` an absolute path that leads through no symbolic link, for `net.fetch` a URL. */
  readonly target: string
  /** What the agent called it, which is all that agents and followers are told. Default: the target. */
  readonly named?: string
}

/** What a {@link Guard} needs. */
export interface GuardParts {
  /** Its patterns for files are absolute, and lead through no symbolic link. */
  readonly lease: Lease
  /** `undefined` for a lease without an end. */
  readonly countdown?: Countdown | undefined
  readonly budget: Pick<Budget, 'exhausted'>
  readonly onDecision: OnDecision
  /** Whether the job has its terminal: what it was lent ends with it. */
  readonly isOver: () => boolean
}

/** The longest target that is looked at: matching takes time in proportion to it. */
const MAX_TARGET_LENGTH = 16_384

/**
 * Stands before every operation of a job: what the lease does not name does not happen, nor does anything once it has
 * ended or its money is spent. `docs/protocol.md` §7.
 */
export class Guard {
  readonly #parts: GuardParts
  #covers: Coverage | undefined

  constructor(parts: GuardParts) {
    this.#parts = parts
  }

  /**
   * Decides at this moment whether an operation may happen.
   *
   * @throws LEASE_EXPIRED, BUDGET_EXHAUSTED, PERMISSION_DENIED, looked for in this order
   */
  check(operation: Operation): void {
    this.decide(operation, () => this.#uncovered(operation))
  }

  /**
   * Decides where something else than the lease has the last word: what `last` returns, or throws where that is an error.
   *
   * @throws LEASE_EXPIRED, BUDGET_EXHAUSTED, PERMISSION_DENIED once the job has ended, before `last` is asked
   */
  decide<T>(operation: Operation, last: () => T | ArcpError): T {
    const outcome = this.#expired(operation) ?? this.#exhausted(operation) ?? this.#over(operation) ?? last()
    this.#tell(operation, outcome)
    if (outcome instanceof ArcpError) throw outcome
    return outcome
  }

  /**
   * Lets something that has begun go on. Only a denial is told to observers.
   *
   * @throws LEASE_EXPIRED; PERMISSION_DENIED once the job has ended
   */
  checkLasting(operation: Operation): void {
    const refusal = this.#expired(operation) ?? this.#over(operation)
    if (!refusal) return
    this.#tell(operation, refusal)
    throw refusal
  }

  #tell({ namespace, target }: Operation, outcome: unknown): void {
    const code = outcome instanceof ArcpError ? outcome.code : undefined
    this.#parts.onDecision(namespace, redacted(namespace, target), code)
  }

  #expired(operation: Operation): ArcpError | undefined {
    if (!this.#parts.countdown?.isOver) return undefined
    return new LeaseExpiredError('the lease has ended', { details: told(operation) })
  }

  #exhausted(operation: Operation): ArcpError | undefined {
    const currency = this.#parts.budget.exhausted
    if (currency === undefined) return undefined
    const details = { ...told(operation), currency }
    return new BudgetExhaustedError(`the budget of ${currency} is used up`, { details })
  }

  #over(operation: Operation): ArcpError | undefined {
    if (!this.#parts.isOver()) return undefined
    return new PermissionDeniedError('the job has ended, and its lease with it', { details: told(operation) })
  }

  #uncovered(operation: Operation): ArcpError | undefined {
    const { namespace, target } = operation
    this.#covers ??= coverageOf(this.#parts.lease)
    if (target.length <= MAX_TARGET_LENGTH && this.#covers(namespace, target)) return undefined
    const details = told(operation)
    const denied = `the lease does not grant ${namespace} for ${JSON.stringify(details.target)}`
    const isPrivate = namespace === 'net.fetch' && privateHostOf(target) !== undefined
    const message = isPrivate ? `${denied}: its host is not public, so a pattern has to name it` : denied
    return new PermissionDeniedError(message, { details })
  }
}

/** What agents and followers are told of an operation. */
function told({ namespace, target, named = target }: Operation) {
  return { namespace, target: redacted(namespace, named) }
}
