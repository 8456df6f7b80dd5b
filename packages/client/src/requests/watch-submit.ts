import type { Logger, ObservedSubmit, Observer, SubmitObserver } from '@arcp/protocol/observe'

/** Tells an observer of a submit that is about to leave. What it answers throws nothing. `docs/protocol.md` §11. */
export function watchSubmit(observer: Observer, submit: ObservedSubmit, logger: Logger): SubmitObserver {
  const guard = <T>(tell: () => T) => {
    try {
      return tell()
    } catch (error) {
      logger.error('an observer threw', { error })
    }
  }
  const seen = guard(() => observer.submit?.(submit))
  return { ...seen, ended: (error, jobId) => guard(() => seen?.ended?.(error, jobId)) }
}
