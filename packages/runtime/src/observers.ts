import type { Logger, Observation, ObservedJob, Observer } from '@arcp/protocol/observe'

/** All observers of a runtime as one that never throws. */
export class Observers {
  readonly #observers: readonly Observer[]
  readonly #logger: Logger

  constructor(observers: Observer | readonly Observer[] | undefined, logger: Logger) {
    this.#observers = observers === undefined ? [] : [observers].flat()
    this.#logger = logger
  }

  /** Whether anybody watches; what is costly to tell is told only then. */
  get watching(): boolean {
    return this.#observers.length > 0
  }

  observe(observation: Observation): void {
    const failed = (error: unknown) =>
      this.#logger.error('an observer threw', { error, observation: observation.type })
    for (const observer of this.#observers) {
      try {
        const told: unknown = observer.observe?.(observation)
        if (told instanceof Promise) told.catch(failed)
      } catch (error) {
        failed(error)
      }
    }
  }

  /** Runs `run` exactly once, inside the context of every observer that provides one. */
  around<T>(job: ObservedJob, run: () => T): T {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined
    const once = (): T => {
      if (!outcome) {
        try {
          outcome = { value: run() }
        } catch (error) {
          outcome = { error }
        }
      }
      if ('error' in outcome) throw outcome.error
      return outcome.value
    }
    const nested = this.#observers.reduceRight<() => T>(
      (inner, observer) => this.#wrap(observer, job, inner),
      once,
    )
    const failed = (error: unknown) => {
      if (outcome && 'error' in outcome && outcome.error === error) return
      this.#logger.error('an observer threw around a job', { error, jobId: job.jobId })
    }
    try {
      const wrapped: unknown = nested()
      if (wrapped instanceof Promise && wrapped !== outcome?.value) wrapped.catch(() => {})
    } catch (error) {
      failed(error)
    }
    return once()
  }

  #wrap<T>(observer: Observer, job: ObservedJob, inner: () => T): () => T {
    const around = observer.around?.bind(observer)
    return around ? () => around(job, inner) : inner
  }
}
