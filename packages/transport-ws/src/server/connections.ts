import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { systemTimers, type Timers } from '@arcp/protocol'
import { type Acceptor, CloseCode, type Peer } from '@arcp/protocol/transport'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { WsTransport } from '../ws-transport'
import type { Access } from './access'
import { refuseUpgrade } from './refuse'

/** Options of the connections a server takes. */
export interface ConnectionOptions {
  /** The path clients connect to. Default `/arcp`. */
  readonly path?: string
  /** How many WebSockets may be open at once; further ones are refused with 503. Default 10,000. */
  readonly maxConnections?: number
  /** How long a closing connection may take to end before it is cut off, in milliseconds. Default 2,000. */
  readonly closeTimeoutMs?: number
  /** Measures the waits. Default: the machine's. */
  readonly clock?: Timers
}

export const DEFAULT_MAX_CONNECTIONS = 10_000

/** The open WebSockets of one server. */
export interface Connections {
  /** Opens a transport for an upgrade request and hands it to the acceptor, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes what is open with 1001 and waits until all have ended. The caller sees to it that no more comes. */
  close(): Promise<void>
}

/** Turns upgrade requests that pass `access` into transports for `acceptor`. */
export function connections(acceptor: Acceptor, access: Access, options: ConnectionOptions): Connections {
  const { maxConnections = DEFAULT_MAX_CONNECTIONS, closeTimeoutMs = 2_000, clock = systemTimers } = options
  const settings: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    maxPayload: acceptor.maxFrameBytes,
    closeTimeout: closeTimeoutMs,
    perMessageDeflate: false,
    handleProtocols: () => false,
  }
  const server = new WebSocketServer(settings)
  const open = new Map<WebSocket, WsTransport>()
  let allClosed: (() => void) | undefined
  let closing: Promise<void> | undefined

  function refusal(request: IncomingMessage): [status: number, text: string] | undefined {
    const forbidden = access.checkHost(request) ?? access.checkOrigin(request)
    if (forbidden) return [403, forbidden]
    if (open.size < maxConnections) return undefined
    return [503, `All ${maxConnections} connections (option \`maxConnections\`) are taken.`]
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refused = refusal(request)
    if (refused) {
      refuseUpgrade(socket, ...refused)
      return
    }
    server.handleUpgrade(request, socket, head, (ws) => acceptor.accept(keep(ws, socket), peerOf(request)))
  }

  /** Apart from the upgrade, so that what an open connection holds on to is not its request. */
  function keep(ws: WebSocket, socket: Duplex): WsTransport {
    const transport = new WsTransport(ws, socket, { closeTimeoutMs, clock })
    open.set(ws, transport)
    ws.on('close', () => {
      open.delete(ws)
      if (open.size === 0) allClosed?.()
    })
    return transport
  }

  async function closeAll(): Promise<void> {
    if (open.size === 0) return
    const done = new Promise<void>((resolve) => {
      allClosed = resolve
    })
    for (const transport of open.values()) transport.close(CloseCode.goingAway, 'server closing')
    await done
  }

  return {
    upgrade,
    close() {
      closing ??= closeAll()
      return closing
    },
  }
}

function peerOf(request: IncomingMessage): Peer {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ')
  }
  const { remoteAddress } = request.socket
  return { transport: 'websocket', ...(remoteAddress !== undefined && { remoteAddress }), headers }
}
