import type { Dialer } from '@arcp/protocol/transport'
import { parseAddress } from './dial/address'
import { dial } from './dial/browser'
import { dialSettings, type WebSocketOptions } from './dial/options'

export type { WebSocketOptions }

/**
 * A dialer that connects to an ARCP runtime over WebSocket. `docs/protocol.md` §12.
 *
 * This is the browser's variant of the same function in Node. A failed attempt rejects with a `ConnectionError`.
 *
 * @param url A `ws:` or `wss:` address, such as `ws://127.0.0.1:7777/arcp`.
 * @throws TypeError for an address or options that cannot work.
 */
export function webSocket(url: string | URL, options: WebSocketOptions = {}): Dialer {
  if (options.headers) throw new TypeError('browsers do not let a page set headers')
  const address = parseAddress(url)
  const settings = dialSettings(options)
  return { open: (signal) => dial(address, settings, signal) }
}
