import { once } from 'node:events'
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Acceptor } from '@arcp/protocol/transport'
import { type Access, type AccessOptions, accessRules } from './access'
import { type ConnectionOptions, DEFAULT_MAX_CONNECTIONS } from './connections'
import { checkPath } from './path'
import { refuseRequest } from './refuse'
import { answerUpgrades } from './upgrades'

/** Options of {@link listen}. */
export interface ListenOptions extends AccessOptions, ConnectionOptions {
  /** The TCP port. Default 0: a free one. */
  readonly port?: number
  /** The address or name to listen on. Default `127.0.0.1`; anything but loopback needs `hosts`. */
  readonly host?: string
  /** How long a client may take to send its request, in milliseconds. Default 10,000. */
  readonly handshakeTimeoutMs?: number
  /**
   * Answers ordinary HTTP requests on the same port; those with a `Host` that is not allowed never reach it.
   * Default: 426 and a line that says what this is.
   */
  readonly onRequest?: RequestListener
}

/** A runtime that listens. Disposing closes it. */
export interface Server extends AsyncDisposable {
  /** Where clients on this machine connect to, such as `ws://127.0.0.1:7777/arcp`. */
  readonly url: string
  /** The TCP port it got. */
  readonly port: number
  /**
   * Takes no more connections, closes the open ones with 1001 and waits for their end. Clients of a runtime that has
   * been closed before have been told why.
   */
  close(): Promise<void>
}

/** Connections beyond the WebSockets: requests that are being read, refused or answered. */
const SPARE_CONNECTIONS = 100

/**
 * Lets clients connect to `acceptor`, usually a runtime, on a port of its own. `docs/protocol.md` §12.
 *
 * Rejects with a `TypeError` for options that cannot work, such as a host that is not loopback without `hosts`, and
 * with an `Error` when the port cannot be had; its `cause` is the platform's.
 */
export async function listen(acceptor: Acceptor, options: ListenOptions = {}): Promise<Server> {
  const { host = '127.0.0.1', port: asked = 0, handshakeTimeoutMs, onRequest, ...shared } = options
  const { maxConnections = DEFAULT_MAX_CONNECTIONS } = shared
  const path = checkPath(options.path)
  const access = accessRules(options, host)
  const httpServer = createHttpServer(access, path, options)
  const upgrades = answerUpgrades(httpServer, acceptor, access, shared)
  httpServer.maxConnections = maxConnections + SPARE_CONNECTIONS
  const port = await bind(httpServer, host, asked)
  let stopping: Promise<void> | undefined

  async function stop(): Promise<void> {
    const stopped = once(httpServer, 'close')
    httpServer.close()
    await upgrades.close()
    httpServer.closeAllConnections()
    await stopped
  }

  function close(): Promise<void> {
    stopping ??= stop()
    return stopping
  }

  return { url: `ws://${reachable(host)}:${port}${path}`, port, close, [Symbol.asyncDispose]: close }
}

function createHttpServer(access: Access, path: string, options: ListenOptions): HttpServer {
  const { handshakeTimeoutMs = 10_000, onRequest } = options
  const limits = {
    headersTimeout: handshakeTimeoutMs,
    requestTimeout: Math.max(handshakeTimeoutMs, 300_000),
    connectionsCheckingInterval: Math.min(handshakeTimeoutMs, 5_000),
  }
  return createServer(limits, (request, response) => {
    const forbidden = access.checkHost(request)
    if (forbidden) refuseRequest(request, response, 403, forbidden)
    else if (onRequest) onRequest(request, response)
    else refuseRequest(request, response, 426, `This is an ARCP runtime: open a WebSocket to ${path}.`)
  })
}

/** @returns the port it got. */
async function bind(httpServer: HttpServer, host: string, port: number): Promise<number> {
  httpServer.listen(port, host)
  try {
    await once(httpServer, 'listening')
  } catch (cause) {
    throw new Error(`cannot listen on ${host} port ${port}: ${explain(cause)}`, { cause })
  }
  // A connection that cannot be accepted, e.g. for want of file descriptors, must not end the process.
  httpServer.on('error', () => {})
  return (httpServer.address() as AddressInfo).port
}

function explain(cause: unknown): string {
  if (!(cause instanceof Error) || !('code' in cause)) return String(cause)
  switch (cause.code) {
    case 'EADDRINUSE':
      return 'another process uses it (EADDRINUSE); choose another port, or 0 for a free one'
    case 'EACCES':
      return 'this user may not (EACCES); ports above 1023 need no privilege'
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `that is no address of this machine (${cause.code})`
    default:
      return cause.message
  }
}

/** The name under which this machine reaches what listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
