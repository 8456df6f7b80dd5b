import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Endpoint } from '../ask/endpoint'
import { costOf } from '../ask/price'
import type { KeyServer } from '../keys/virtual-keys'
import { readChatRequest } from './chat-request'
import { streamChat } from './chat-stream'
import { keyRoutes } from './key-requests'
import { KeyStore } from './key-store'
import { bearerOf, isRefusal, type Refusal } from './request-body'

/**
 * A server that stands in for OpenAI's API, chat completions, streamed, and for a proxy that makes keys for it. It knows
 * little, and its money is not real.
 */
export interface ModelServer extends AsyncDisposable {
  readonly endpoint: Endpoint
  readonly keys: KeyServer
}

/** How a {@link ModelServer} behaves. */
export interface ModelServerOptions {
  /** Between one token and the next, in milliseconds. Default: 5. */
  readonly tokenMs?: number
  /** Answers it writes at the same time; beyond, it answers 429. Default: 8. */
  readonly atOnce?: number
}

const MODEL = 'demo-model'
const API_KEY = 'demo-key'
const MASTER_KEY = 'demo-master-key'
const PRICE = { input: '1', output: '4' }
const CHAT = '/v1/chat/completions'
const BUSY: Refusal = { status: 429, code: 'rate_limit_exceeded', message: 'Too many requests at once.' }
const NOWHERE: Refusal = {
  status: 404,
  code: 'unknown_url',
  message: `There is nothing but POST ${CHAT}, and keys for it.`,
}

/** Starts one, on loopback. */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const { tokenMs = 5, atOnce = 8 } = options
  const store = new KeyStore()
  const routes = keyRoutes(store, MASTER_KEY)
  const refusalOf = (key: string, model?: string) =>
    key === API_KEY ? undefined : store.refusalOf(key, model)
  let writing = 0

  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readChatRequest(request, { model: MODEL, refusalOf })
    if (isRefusal(asked)) return answer(response, asked)
    if (writing >= atOnce) return answer(response.setHeader('retry-after', '1'), BUSY)
    writing++
    try {
      const usage = await streamChat(response, asked, tokenMs)
      store.charge(bearerOf(request), costOf(usage, PRICE))
    } finally {
      writing--
    }
  }

  const modelsFor = (key: string) =>
    (key === MASTER_KEY ? undefined : refusalOf(key)) ?? { data: [{ id: MODEL, object: 'model' }] }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request
    if (method === 'POST' && url === CHAT) return chat(request, response)
    const route = method === 'POST' ? routes.get(url) : undefined
    if (route) return answer(response, await route(request))
    if (method === 'GET' && url === '/v1/models') return answer(response, modelsFor(bearerOf(request)))
    answer(response, NOWHERE)
  }

  const server = createServer((request, response) => {
    // Whoever asked has gone in the middle of it.
    serve(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    endpoint: { baseUrl: `${url}/v1`, apiKey: API_KEY, model: MODEL, price: PRICE },
    keys: { url, masterKey: MASTER_KEY },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function answer(response: ServerResponse, said: object): void {
  const refused = isRefusal(said)
  response.writeHead(refused ? said.status : 200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify(refused ? { error: { message: said.message, type: said.code, code: said.code } } : said),
  )
}
