import {
  type ArcpError,
  BudgetExhaustedError,
  InternalError,
  InvalidRequestError,
  type JobMetric,
} from '@arcp/protocol'
import { type Amount, formatAmount, parseAmount } from '@arcp/protocol/lease'
import type { Emitter } from '../jobs/emitter'
import { writeBody } from '../jobs/event-body'
import { mayBeIgnored } from '../jobs/ignorable'
import type { Budget } from './budget'
import type { Counter, SetAside } from './counter'
import type { Guard } from './guard'

/** How a charge is told. */
export interface SpendOptions {
  /** What it was for: its `job.metric` is named `cost.` and this. Default `spend`. */
  readonly name?: string
  /** Stand beside it, as in any `job.metric`. */
  readonly dimensions?: Record<string, string>
}

/** How a job stands in one currency, in exact decimals. */
export interface BudgetLine {
  /** `undefined` where the job has no limit of its own. */
  readonly granted?: string
  readonly spent: string
  /** What is set aside by {@link Reservation}s that are open. */
  readonly reserved: string
  /**
   * What is granted and neither spent nor reserved, or left of what the job shares with others, whichever is less; below
   * zero when too much was spent. `undefined` where nothing limits it.
   */
  readonly remaining?: string
}

/** Money set aside for work that is under way. What is left open is gone with the job. */
export interface Reservation {
  /**
   * Charges what the work really came to, be that less or more, and gives the rest back.
   *
   * @throws INVALID_REQUEST as `spend` does, or when it is settled or released already
   */
  settle(actual: string | number, options?: SpendOptions): Promise<void>
  /** Gives everything back; harmless a second time. */
  release(): void
}

/** What {@link Spending} needs. */
export interface SpendingParts {
  readonly budget: Budget
  readonly emitter: Pick<Emitter, 'append' | 'emitText' | 'fits'>
  /** How many reservations may be open at the same time. */
  readonly maxReservations: number
  /** Asked before each reservation. */
  readonly guard: Pick<Guard, 'decide'>
  /** Told of each charge, a decimal. */
  readonly onCharge: (currency: string, amount: string) => void
  /** Whether the job has its terminal. */
  readonly isOver: () => boolean
}

/** A charge that may be written down. */
interface Charge {
  readonly currency: string
  readonly counter: Counter
  readonly amount: Amount
  /** Its `job.metric`. */
  readonly body: string
}

/** What an agent does with its job's money; each charge is told, and what is left of it. `docs/protocol.md` §7. */
export class Spending {
  readonly #parts: SpendingParts
  /** What followers were last told is left. */
  #told: Map<Counter, Amount> | undefined
  #open = 0

  constructor(parts: SpendingParts) {
    this.#parts = parts
  }

  /** Charges an amount; see `AgentContext.spend`. */
  spend(currency: string, amount: string | number, options?: SpendOptions): Promise<void> {
    return this.#charged(() => {
      const charge = this.#charge(currency, amount, options)
      const before = charge.counter.remaining
      charge.counter.charge(charge.amount)
      return { charge, before }
    })
  }

  /** Sets an amount aside; see `AgentContext.reserve`. */
  reserve(currency: string, amount: string | number): Reservation {
    const { budget, maxReservations, guard } = this.#parts
    if (this.#open >= maxReservations) {
      throw new InternalError('too many reservations are open', {
        retryable: true,
        details: { reason: 'reservations', limit: maxReservations },
      })
    }
    const wanted = checkedAmount(amount)
    const counter = budget.counter(currency)
    const target = `${currency}:${formatAmount(wanted)}`
    const part = guard.decide<SetAside>({ namespace: 'cost.budget', target }, () => {
      return counter.setAside(wanted) ?? notLeft(currency, counter, wanted)
    })
    this.#open++
    return this.#reservation(currency, counter, part)
  }

  /** How the job stands, by currency. */
  lines(): Record<string, BudgetLine> {
    return Object.fromEntries([...this.#parts.budget.counters].map(([name, one]) => [name, lineOf(one)]))
  }

  /** Tells what is left of each currency that is limited. */
  tellRemaining(): void {
    for (const [currency, counter] of this.#parts.budget.counters) {
      const { remaining } = counter
      if (remaining !== undefined) this.#tell(currency, counter, remaining)
    }
  }

  /** Tells what is left where others have moved it as a charge would have to: those to whom a part was lent. */
  tellMoved(): void {
    for (const [currency, counter] of this.#parts.budget.counters) {
      const { remaining, limit = 0n } = counter
      const told = this.#told?.get(counter) ?? limit
      if (remaining !== undefined && this.#isNews(counter, told, remaining)) {
        this.#tell(currency, counter, remaining)
      }
    }
  }

  #reservation(currency: string, counter: Counter, part: SetAside): Reservation {
    return {
      settle: (actual, options) =>
        this.#charged(() => {
          if (!part.isOpen) throw new InvalidRequestError('the reservation is settled or released already')
          const charge = this.#charge(currency, actual, options)
          const before = counter.remaining
          part.settle(charge.amount)
          this.#open--
          return { charge, before }
        }),
      release: () => {
        if (part.isOpen) this.#open--
        part.release()
      },
    }
  }

  /** Checks everything about a charge before any of it counts. */
  #charge(currency: string, amount: string | number, options: SpendOptions | undefined): Charge {
    const { name = 'spend', dimensions } = options ?? {}
    const { budget, emitter } = this.#parts
    this.#checkOpen()
    const exact = checkedAmount(amount)
    if (!CHARGE_NAME.test(name) || isBudgetMetric(`cost.${name}`)) {
      throw new InvalidRequestError('name: expected 1 to 64 of A-Z a-z 0-9 _ . -, and not budget')
    }
    const value = Number(formatAmount(exact))
    const metric: JobMetric = { name: `cost.${name}`, value, unit: currency }
    const body = writeBody('job.metric', dimensions === undefined ? metric : { ...metric, dimensions })
    if (!emitter.fits('job.metric', body)) {
      throw new InvalidRequestError('dimensions: the charge does not fit into a frame')
    }
    return { currency, counter: budget.counter(currency), amount: exact, body }
  }

  #charged(count: () => { readonly charge: Charge; readonly before: Amount | undefined }): Promise<void> {
    try {
      const { charge, before } = count()
      const { currency, counter } = charge
      const paced = this.#parts.emitter.emitText('job.metric', charge.body.slice(1))
      this.#parts.onCharge(currency, formatAmount(charge.amount))
      const { remaining: after } = counter
      if (before !== undefined && after !== undefined && this.#isNews(counter, before, after)) {
        this.#tell(currency, counter, after)
      }
      return paced
    } catch (error) {
      return mayBeIgnored(Promise.reject(error))
    }
  }

  /** Whether what is left has moved by a twentieth of what was granted, or across zero. */
  #isNews(counter: Counter, before: Amount, after: Amount): boolean {
    const granted = counter.limit ?? 0n
    return [before, this.#told?.get(counter) ?? granted].some((from) => {
      const by = from > after ? from - after : after - from
      return (by > 0n && by * 20n >= granted) || from > 0n !== after > 0n
    })
  }

  #tell(currency: string, counter: Counter, remaining: Amount): void {
    this.#told ??= new Map()
    this.#told.set(counter, remaining)
    const value = Number(formatAmount(remaining))
    this.#parts.emitter.append('job.metric', { name: 'cost.budget.remaining', value, unit: currency })
  }

  #checkOpen(): void {
    if (this.#parts.isOver()) throw new InvalidRequestError('the job has ended')
  }
}

/** Whether a metric of this name is the runtime's alone to tell: how a budget stands. */
export function isBudgetMetric(name: unknown): boolean {
  return typeof name === 'string' && /^cost\.budget(\.|$)/.test(name)
}

const CHARGE_NAME = /^[\w.-]{1,64}$/

function notLeft(currency: string, counter: Counter, wanted: Amount): ArcpError {
  const remaining = formatAmount(counter.remaining ?? 0n)
  return new BudgetExhaustedError(`${remaining} ${currency} are left, less than ${formatAmount(wanted)}`, {
    details: { currency, remaining },
  })
}

function checkedAmount(amount: string | number): Amount {
  const exact = ['string', 'number'].includes(typeof amount) ? parseAmount(amount) : undefined
  if (exact !== undefined) return exact
  throw new InvalidRequestError('amount: expected 0 or more, below 10^15, with at most 12 decimals')
}

function lineOf({ granted, spent, reserved, remaining }: Counter): BudgetLine {
  return {
    ...(granted === undefined ? {} : { granted: formatAmount(granted) }),
    spent: formatAmount(spent),
    reserved: formatAmount(reserved),
    ...(remaining === undefined ? {} : { remaining: formatAmount(remaining) }),
  }
}
