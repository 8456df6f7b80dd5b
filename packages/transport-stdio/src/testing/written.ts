/** Text that comes in pieces. */
export interface Written {
  /** Takes a piece. */
  take(text: string): void
  readonly text: string
  /** Resolves once `part` is in it. */
  until(part: string): Promise<void>
}

/** Collects text, and lets a test wait for what is in it. */
export function written(): Written {
  let text = ''
  let waiting: { readonly part: string; readonly resolve: () => void }[] = []
  return {
    get text() {
      return text
    },
    take(piece) {
      text += piece
      for (const { part, resolve } of waiting) if (text.includes(part)) resolve()
      waiting = waiting.filter(({ part }) => !text.includes(part))
    },
    until: (part) =>
      text.includes(part)
        ? Promise.resolve()
        : new Promise((resolve) => void waiting.push({ part, resolve })),
  }
}
