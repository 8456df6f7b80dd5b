import { type Acceptor, type Dialer, memoryDialer } from '@arcp/protocol/transport'
import { type Relay, startRelay } from '@arcp/testkit'
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
      const relays: Relay[] = []
      return {
        dialer: {
          // Open once the child is there, so that no wait of a test is for a process to start.
          async open(signal) {
            let joined = () => {}
            const child = new Promise<void>((resolve) => {
              joined = resolve
            })
            const relay = await startRelay((socket) => {
              void serveStdio(acceptor, { input: socket, output: socket })
              joined()
            })
            relays.push(relay)
            const transport = await spawnRuntime(relay.command, relay.args).open(signal)
            await child
            return transport
          },
        },
        async [Symbol.asyncDispose]() {
          for (const relay of relays) await relay[Symbol.asyncDispose]()
        },
      }
    },
  },
]

/** Those that take many connections at once, or one after the other: with stdio, each is a process. */
export const manyLinks: readonly Link[] = links.filter(({ transport }) => transport !== 'stdio')
