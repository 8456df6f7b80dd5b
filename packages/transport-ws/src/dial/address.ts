/** Where to connect to. */
export interface Address {
  /** The whole address, as it is dialled. */
  readonly href: string
  /** The address as messages show it: without user, password and query, which may hold secrets. */
  readonly shown: string
}

/** @throws TypeError when `url` is not an absolute `ws:` or `wss:` URL without a fragment. */
export function parseAddress(url: string | URL): Address {
  const parsed = toUrl(url)
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw new TypeError(`a WebSocket address starts with ws:// or wss://, not ${parsed.protocol}`)
  }
  if (parsed.hash) throw new TypeError('a WebSocket address has no fragment (#…)')
  return { href: parsed.href, shown: `${parsed.protocol}//${parsed.host}${parsed.pathname}` }
}

function toUrl(url: string | URL): URL {
  try {
    return new URL(url)
  } catch {
    throw new TypeError('a WebSocket address is an absolute URL, such as ws://127.0.0.1:7777/arcp')
  }
}
