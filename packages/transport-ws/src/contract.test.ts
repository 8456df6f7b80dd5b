import type { Transport } from '@arcp/protocol/transport'
import { type TransportPair, testAcceptor, transportContract } from '@arcp/testkit'
import { WebSocket as PlatformWebSocket } from 'undici'
import { afterAll, beforeAll, describe, vi } from 'vitest'
import { webSocket as browserWebSocket } from './browser'
import { type WebSocketOptions, webSocket } from './index'
import { listen } from './server/index'

type WebSocketDialer = (url: string, options?: WebSocketOptions) => ReturnType<typeof webSocket>

interface Joined extends AsyncDisposable {
  readonly dialled: Transport
  readonly accepted: Transport
}

async function join(dialer: WebSocketDialer, maxFrameBytes: number): Promise<Joined> {
  const acceptor = testAcceptor(maxFrameBytes)
  const server = await listen(acceptor)
  const dialled = await dialer(server.url, { maxFrameBytes }).open(new AbortController().signal)
  const { transport } = await acceptor.next()
  return { dialled, accepted: transport, [Symbol.asyncDispose]: () => server.close() }
}

const fromDialler = (joined: Joined): TransportPair => ({
  left: joined.dialled,
  right: joined.accepted,
  [Symbol.asyncDispose]: () => joined[Symbol.asyncDispose](),
})

const fromServer = (joined: Joined): TransportPair => ({
  left: joined.accepted,
  right: joined.dialled,
  [Symbol.asyncDispose]: () => joined[Symbol.asyncDispose](),
})

transportContract('WebSocket, from Node to a server', async ({ maxFrameBytes }) =>
  fromDialler(await join(webSocket, maxFrameBytes)),
)

transportContract('WebSocket, from a server to Node', async ({ maxFrameBytes }) =>
  fromServer(await join(webSocket, maxFrameBytes)),
)

/** What a page can tell: 1000 and 3000 to 4999; no code at all arrives as 1005. */
function fromPage(code: number): number {
  if (code === 1006) return 1005
  return code === 1000 || code >= 3000 ? code : code + 3000
}

describe("with the platform's WebSocket", () => {
  beforeAll(() => void vi.stubGlobal('WebSocket', PlatformWebSocket))
  afterAll(() => void vi.unstubAllGlobals())

  transportContract(
    'WebSocket, from a browser to a server',
    async ({ maxFrameBytes }) => fromDialler(await join(browserWebSocket, maxFrameBytes)),
    { carried: (code, closer) => (closer === 'left' ? fromPage(code) : code) },
  )

  transportContract(
    'WebSocket, from a server to a browser',
    async ({ maxFrameBytes }) => fromServer(await join(browserWebSocket, maxFrameBytes)),
    { carried: (code, closer) => (closer === 'right' ? fromPage(code) : code) },
  )
})
