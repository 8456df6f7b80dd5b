/** A promise an agent may look at, and need not: if it rejects, that is never an unhandled rejection. */
export function mayBeIgnored<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
