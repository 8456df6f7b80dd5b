import { type Acceptor, type Dialer, memoryDialer } from '@arcp/protocol/transport'
import { startRelay } from '@arcp/testkit'
import { serveStdio, spawnRuntime } from '@arcp/transport-stdio'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'

/** A way from a client to a runtime. */
export interface Link {
  readonly name: string
  /** What a runtime's authentication is told of it. */
  readonly transport: string
  /** Opens the way to a runtime; disposing closes it. */
  open(runtime: Acceptor): Promise<OpenLink>
}

/** A way that is open. */
export interface OpenLink extends AsyncDisposable {
  readonly dialer: Dialer
}

/** Every way that suites of whole sessions take. */
export const links: readonly Link[] = [
  {
    name: 'in memory',
    transport: 'memory',
    open: async (runtime) => ({ dialer: memoryDialer(runtime), async [Symbol.asyncDispose]() {} }),
  },
  {
    name: 'over WebSocket',
    transport: 'websocket',
    async open(runtime) {
      const server = await listen(runtime)
      return { dialer: webSocket(server.url), [Symbol.asyncDispose]: () => server.close() }
    },
  },
  {
    name: 'over stdio',
    transport: 'stdio',
    async open(runtime) {
      // Apart from the runtime's `close`: each client has a child process of its own, which all reach the same one.
      const acceptor: Acceptor = {
        maxFrameBytes: runtime.maxFrameBytes,
        accept: (transport, peer) => runtime.accept(transport, peer),
      }
      const relay = await startRelay((socket) => void serveStdio(acceptor, { input: socket, output: socket }))
      const dialer = spawnRuntime(relay.command, relay.args)
      return { dialer, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() }
    },
  },
]
