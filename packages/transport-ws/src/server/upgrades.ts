import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Acceptor } from '@arcp/protocol/transport'
import type { Access } from './access'
import { type ConnectionOptions, connections } from './connections'
import { checkPath, pathOf, wrongPath } from './path'
import { refuseUpgrade } from './refuse'

/** Upgrade requests that are being answered. */
export interface Upgrades {
  /** Answers none from now on, closes the connections that came of them and waits for their end. */
  close(): Promise<void>
}

/** Answers a server's upgrade requests. Those for other paths are left to other listeners, if there are any. */
export function answerUpgrades(
  httpServer: HttpServer | HttpsServer,
  acceptor: Acceptor,
  access: Access,
  options: ConnectionOptions,
): Upgrades {
  const path = checkPath(options.path)
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
