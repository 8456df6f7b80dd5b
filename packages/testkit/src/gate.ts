/** A promise a test settles when it likes. */
export interface Gate<T = void> {
  readonly promise: Promise<T>
  open(value: T): void
  fail(reason: unknown): void
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void
  let fail!: (reason: unknown) => void
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { promise, open, fail }
}
