const EVENTS = ['online', 'pageshow', 'visibilitychange'] as const

/** What browsers tell their pages; elsewhere there is none of it. */
interface Page {
  addEventListener?(type: string, listener: () => void, options: { readonly signal: AbortSignal }): void
  readonly document?: Page & { readonly visibilityState?: string }
}

/**
 * Calls `woke`, until `signal` aborts, when a page's machine may have slept, or its network come back: a link that died
 * meanwhile looks as it always did.
 */
export function onWake(woke: () => void, signal: AbortSignal, page: Page = globalThis as Page): void {
  const { document } = page
  if (!document) return
  const listener = () => {
    if (document.visibilityState !== 'hidden') woke()
  }
  for (const target of [page, document]) {
    for (const type of EVENTS) target.addEventListener?.(type, listener, { signal })
  }
}
