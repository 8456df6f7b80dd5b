import { isTraceId } from '@arcp/protocol'
import type { Logger, Observation, ObservedJob, ObservedOperation, Observer } from '@arcp/protocol/observe'

/** All observers of a runtime as one that never throws. */
export class Observers {
  readonly #observers: readonly Observer[]
  readonly #readers: readonly Observer[]
  readonly #logger: Logger

  constructor(observers: Observer | readonly Observer[] | undefined, logger: Logger) {
    this.#observers = observers === undefined ? [] : [observers].flat()
    this.#readers = this.#observers.filter(({ read }) => read)
    this.#logger = logger
  }

  /** Whether anybody watches; what is costly to tell is told only then. */
  get watching(): boolean {
    return this.#observers.length > 0
  }

  observe(observation: Observation): void {
    for (const observer of this.#observers) {
      try {
        const told: unknown = observer.observe?.(observation)
        if (told instanceof Promise) told.catch((error: unknown) => this.#failed(error, observation))
      } catch (error) {
        this.#failed(error, observation)
      }
    }
  }

  /** Hands an event to those who read what jobs say. */
  read(job: ObservedJob, eventType: string, payload: string): void {
    for (const observer of this.#readers) {
      try {
        observer.read?.(job, eventType, payload)
      } catch (error) {
        this.#logger.error('an observer threw', { error, jobId: job.jobId, eventType })
      }
    }
  }

  /** The first trace id that an observer names. */
  traceOf(job: Omit<ObservedJob, 'traceId'>): string | undefined {
    for (const observer of this.#observers) {
      try {
        const named: unknown = observer.traceOf?.(job)
        if (isTraceId(named)) return named
      } catch (error) {
        this.#logger.error('an observer threw', { error, jobId: job.jobId })
      }
    }
    return undefined
  }

  /** Runs `run` exactly once, inside the context of every observer that provides one. */
  around<T>(job: ObservedJob, run: () => T, operation?: ObservedOperation): T {
    if (!this.watching) return run()
    const nested = this.#observers.reduceRight((inner, observer) => {
      return () => this.#inside(observer, job, inner, operation)
    }, onlyOnce(run))
    return nested()
  }

  /** Whatever the observer does with `inner`, it has run in the end, and its outcome is the one that counts. */
  #inside<T>(observer: Observer, job: ObservedJob, inner: () => T, operation?: ObservedOperation): T {
    let failure: { readonly error: unknown } | undefined
    try {
      const wrapped: unknown = observer.around?.(job, inner, operation)
      if (wrapped instanceof Promise) wrapped.catch(() => {})
    } catch (error) {
      failure = { error }
    }
    try {
      return inner()
    } catch (error) {
      if (failure?.error === error) failure = undefined
      throw error
    } finally {
      if (failure) this.#logger.error('an observer threw around a job', { ...failure, jobId: job.jobId })
    }
  }

  #failed(error: unknown, { type }: Observation): void {
    this.#logger.error('an observer threw', { error, observation: type })
  }
}

/** `run`, which repeats its outcome from the second call on. */
function onlyOnce<T>(run: () => T): () => T {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined
  return () => {
    outcome ??= outcomeOf(run)
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }
}

function outcomeOf<T>(run: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: run() }
  } catch (error) {
    return { error }
  }
}
