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
    const { href, protocol, host, pathname, hash } = new URL(url)
    if (/^wss?:$/.test(protocol) && !hash) return { href, shown: `${protocol}//${host}${pathname}` }
  } catch {
    // It is told below, as every other address that cannot be dialled.
  }
  throw new TypeError('expected a URL without #, such as ws://127.0.0.1:7777/arcp')
}
