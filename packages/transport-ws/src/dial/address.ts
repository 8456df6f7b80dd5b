/** Where to connect to. */
export interface Address {
  /** The whole address, as it is dialled. */
  readonly href: string
  /** The address as messages show it: without user, password and query, which may hold secrets. */
  readonly shown: string
}

/** @throws TypeError when `url` is not an absolute `ws:` or `wss:` URL without a fragment. */
export function parseAddress(url: string | URL): Address {
  try {
    const { href, origin, pathname, hash } = new URL(url)
    if (/^wss?:/.test(href) && !hash) return { href, shown: origin + pathname }
  } catch {
    // It is told below, as every other address that cannot be dialled.
  }
  throw new TypeError('expected a ws:// or wss:// URL without #')
}
