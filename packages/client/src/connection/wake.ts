const EVENTS = ['online', 'pageshow', 'visibilitychange'] as const

/** What browsers tell their pages; elsewhere there is none of it. */
interface Page {
  addEventListener?(type: string, listener: () => void): void
  removeEventListener?(type: string, listener: () => void): void
  readonly document?: Page & { readonly visibilityState?: string }
}

/**
 * Calls `woke` when a page's machine may have slept, or its network come back: a link that died meanwhile looks as it
 * always did.
 *
 * @returns what ends that
 */
export function onWake(woke: () => void, page: Page = globalThis as Page): () => void {
  const targets = [page, page.document]
  const listener = () => {
    if (page.document?.visibilityState !== 'hidden') woke()
  }
  const each = (what: 'addEventListener' | 'removeEventListener') => {
    for (const target of targets) for (const type of EVENTS) target?.[what]?.(type, listener)
  }
  if (!page.document) return () => {}
  each('addEventListener')
  return () => each('removeEventListener')
}
