/** A promise that many may wait for, and what resolves it. */
export interface Wait {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

/** A {@link Wait} that nobody has resolved. */
export function newWait(): Wait {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
