import type { Observer } from '@arcp/protocol/observe'
import { createRuntime, type TrustedIssuer } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import { archiveAgent } from '../agents/archive'
import type { Archive } from '../agents/research'
import { version } from '../package-version'

const NAME = 'arcp-archive'

/**
 * Starts the runtime of the archive, which has no users of its own: it lets in whoever a runtime it trusts sends on
 * behalf of its users, and takes these for the same there and here.
 */
export async function startArchive(
  trusted: TrustedIssuer,
  watched: { readonly observe?: Observer },
): Promise<Archive & AsyncDisposable> {
  const runtime = createRuntime({
    name: NAME,
    version,
    auth: () => undefined,
    agents: [archiveAgent()],
    delegation: { trusted: [trusted], mapPrincipal: (principal) => principal },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ...watched,
  })
  const server = await listen(runtime)
  return {
    dialer: webSocket(server.url),
    name: NAME,
    ...watched,
    async [Symbol.asyncDispose]() {
      await runtime.close()
      await server.close()
    },
  }
}
