import type { Clock, Timer } from '@arcp/protocol'
import type { Countdown } from '../authority/countdown'
import type { ExpiryWatch } from '../authority/expiry-watch'
import type { Children } from './children'
import type { Ending, Job } from './job'

/** What {@link EndWaits} need. */
export interface EndWaitsParts {
  readonly clock: Clock
  readonly expiries: ExpiryWatch
  readonly limits: { readonly cancelGraceMs: number; readonly closeMs: number }
}

/** How long an agent may take to come to its end once its time is over, in milliseconds. */
const EXPIRED_GRACE_MS = 1_000

/** What terminals wait for once it is decided how their jobs end, and for how long. `docs/protocol.md` §3. */
export class EndWaits {
  readonly #parts: EndWaitsParts
  /** What ends the waits of each job. */
  readonly #waits = new Map<Job, Set<() => void>>()

  constructor(parts: EndWaitsParts) {
    this.#parts = parts
  }

  /**
   * Waits for what a job has left to do, as long as its ending allows; a cancelled agent has no more time than its lease,
   * either.
   *
   * @param mostMs waits no longer than that in any case
   */
  for(
    job: Job,
    work: Promise<void>,
    ending: Ending,
    countdown: Countdown | undefined,
    mostMs = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const { clock, expiries } = this.#parts
    const ms = this.#graceOf(ending)
    if (!ms) return Promise.resolve()
    return new Promise((resolve) => {
      const timers: Timer[] = []
      const waits = this.#waits.get(job) ?? new Set()
      const over = () => {
        for (const timer of timers) timer.cancel()
        if (waits.delete(over) && waits.size === 0) this.#waits.delete(job)
        resolve()
      }
      const atMost = (most: number) => timers.push(clock.setTimer(most, over, { keepAlive: false }))
      atMost(Math.min(ms, mostMs))
      if (countdown && (ending.cause === 'cancel' || ending.cause === 'parent')) {
        timers.push(expiries.watch(countdown, () => atMost(EXPIRED_GRACE_MS)))
      }
      this.#waits.set(job, waits.add(over))
      void work.then(over)
    })
  }

  /**
   * Ends a job's children, and waits for them; one that was coming to its end already has no more time for it than the
   * others.
   */
  async forChildren(children: Children<Job>, ending: Ending): Promise<void> {
    const graceMs = this.#childGraceOf(ending)
    const late = this.#parts.clock.setTimer(graceMs, () => this.#cutBelow(children), { keepAlive: false })
    await children.end(graceMs)
    late.cancel()
  }

  /** Waits no longer for anything. */
  cut(): void {
    for (const job of this.#waits.keys()) this.#cut(job)
  }

  #cut(job: Job): void {
    for (const over of this.#waits.get(job) ?? []) over()
  }

  #cutBelow({ unended }: Children<Job>): void {
    for (const child of unended) {
      this.#cut(child)
      if (child.children) this.#cutBelow(child.children)
    }
  }

  /** How long the terminal waits for an agent that has been told to stop; as long as it takes for what it does itself. */
  #graceOf(ending: Ending): number | undefined {
    const { limits } = this.#parts
    const { cause } = ending
    if (isAgentsOwn(ending)) return Number.POSITIVE_INFINITY
    if (cause === 'cancel') return limits.cancelGraceMs
    if (cause === 'parent') return ending.graceMs
    if (cause === 'timeout' || cause === 'lease_expired') return EXPIRED_GRACE_MS
    return cause === 'shutdown' ? limits.closeMs : undefined
  }

  /** How long the terminal waits for the agents of children. */
  #childGraceOf(ending: Ending): number {
    return (isAgentsOwn(ending) ? this.#parts.limits.cancelGraceMs : this.#graceOf(ending)) ?? 0
  }
}

/** Whether the agent has come to its end by itself. */
export function isAgentsOwn({ cause }: Ending): boolean {
  return cause === 'returned' || cause === 'threw'
}
