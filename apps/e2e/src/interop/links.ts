import { compat } from '@arcp/compat'
import type { Acceptor, Dialer } from '@arcp/protocol/transport'
import type { Runtime } from '@arcp/runtime'
import { relayTo, startRelay } from '@arcp/testkit'
import { serveStdio, spawnRuntime } from '@arcp/transport-stdio'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import type { Carrier } from './findings'

/** A way between a process of Python and this one. */
export interface Link {
  readonly carrier: Carrier
  /** The longest frame a runtime of ours may send there. */
  readonly maxFrameBytes: number
  /** Opens the way to a runtime of ours; disposing closes it. */
  serve(runtime: Runtime): Promise<ServedLink>
  /** The way to a Python runtime that listens at a port. */
  dialer(port: number): Dialer
}

/** A way that is open. */
export interface ServedLink extends AsyncDisposable {
  /** What the Python client needs to connect. */
  readonly target: { readonly url: string } | { readonly command: readonly string[] }
}

/** Result parts; the longest in base64, and all of them as the input of one submit, just fit a line that Python reads. */
export const PARTS = ['first ', 'second ', 'ä'.repeat(1_000), 'third '.repeat(7_000)]

/** Python reads lines of 64 KiB. */
export const LINE_BYTES = 65_536

export const links: readonly Link[] = [
  {
    carrier: 'WebSocket',
    maxFrameBytes: 1024 * 1024,
    async serve(runtime) {
      const server = await listen(compat(runtime))
      return { target: { url: server.url }, [Symbol.asyncDispose]: () => server.close() }
    },
    dialer: (port) => compat(webSocket(`ws://127.0.0.1:${port}/arcp`)),
  },
  {
    // Each connection is a child, which joins its pipes to a runtime that outlives it.
    carrier: 'stdio',
    maxFrameBytes: LINE_BYTES,
    async serve(runtime) {
      const inner = compat(runtime)
      const acceptor: Acceptor = {
        maxFrameBytes: inner.maxFrameBytes,
        accept: (transport, peer) => inner.accept(transport, peer),
      }
      const relay = await startRelay((socket) => {
        void serveStdio(acceptor, { input: socket, output: socket })
      })
      return {
        target: { command: [relay.command, ...relay.args] },
        [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
      }
    },
    dialer(port) {
      const { command, args } = relayTo(port)
      return compat(spawnRuntime(command, args, { stderr: 'ignore' }))
    },
  },
]
