import { type Acceptor, type Dialer, memoryDialer } from '@arcp/protocol/transport'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'

/** A way from a client to a runtime. */
export interface Link {
  readonly name: string
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
    open: async (runtime) => ({ dialer: memoryDialer(runtime), async [Symbol.asyncDispose]() {} }),
  },
  {
    name: 'over WebSocket',
    async open(runtime) {
      const server = await listen(runtime)
      return { dialer: webSocket(server.url), [Symbol.asyncDispose]: () => server.close() }
    },
  },
]
