import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { refuseOthers } from '@arcp/protocol'
import type { Acceptor } from '@arcp/protocol/transport'
import type { Access, AccessOptions } from './access'
import { type ConnectionOptions, connections } from './connections'
import { checkPath, pathOf, wrongPath } from './path'
import { refuseUpgrade } from './refuse'

/** Upgrade requests that are being answered. */
export interface Upgrades {
  /** Answers none from now on, closes the connections that came of them and waits for their end. */
  close(): Promise<void>
}

/**
 * Answers a server's upgrade requests. Those for other paths are left to other listeners, if there are any.
 *
 * @throws TypeError for an option there is none of, and a path no request can have
 */
export function answerUpgrades(
  httpServer: HttpServer | HttpsServer,
  acceptor: Acceptor,
  access: Access,
  options: AccessOptions & ConnectionOptions,
): Upgrades {
  const { hosts, origins, path: asked, maxConnections, closeTimeoutMs, clock, ...others } = options
  refuseOthers(others)
  const path = checkPath(asked)
  const taken = connections(acceptor, access, options)

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const asked = pathOf(request.url)
    if (asked === path) taken.upgrade(request, socket, head)
    else if (httpServer.listenerCount('upgrade') === 1) refuseUpgrade(socket, 404, wrongPath(asked, path))
  }

  httpServer.on('upgrade', onUpgrade)
  return {
    close() {
      httpServer.off('upgrade', onUpgrade)
      return taken.close()
    },
  }
}
