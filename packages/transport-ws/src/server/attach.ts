import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Acceptor } from '@arcp/protocol/transport'
import { type AccessOptions, accessRules } from './access'
import type { ConnectionOptions } from './connections'
import { answerUpgrades } from './upgrades'

/** Options of {@link attach}. */
export interface AttachOptions extends AccessOptions, ConnectionOptions {
  /** As of `listen`, and required; `[]` for loopback names only. */
  readonly hosts: readonly string[]
}

/** A runtime that listens on somebody else's HTTP server. Disposing closes it. */
export interface Attachment extends AsyncDisposable {
  /**
   * Takes no more connections, closes the open ones with 1001 and waits for their end. The HTTP server goes on. Clients
   * of a runtime that has been closed before have been told why.
   */
  close(): Promise<void>
}

/**
 * Lets clients connect to `acceptor`, usually a runtime, through an HTTP or HTTPS server that exists already.
 * `docs/protocol.md` §12.
 *
 * Upgrades to other paths are refused with 404, unless the server has another listener for upgrades, which then
 * answers them. How long a client may take to ask is up to the server's own time-outs.
 *
 * @throws TypeError for options that cannot work: `hosts` absent, or malformed hosts, origins or path.
 */
export function attach(
  acceptor: Acceptor,
  httpServer: HttpServer | HttpsServer,
  options: AttachOptions,
): Attachment {
  const { close } = answerUpgrades(httpServer, acceptor, accessRules(options), options)
  return { close, [Symbol.asyncDispose]: close }
}
