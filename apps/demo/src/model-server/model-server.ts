import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Endpoint } from '../ask/endpoint'
import { type Refusal, readChatRequest } from './chat-request'
import { streamChat } from './chat-stream'

/** A server that stands in for OpenAI's API: chat completions, streamed. It knows little, and its money is not real. */
export interface ModelServer extends AsyncDisposable {
  readonly endpoint: Endpoint
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
const BUSY: Refusal = { status: 429, code: 'rate_limit_exceeded', message: 'Too many requests at once.' }

/** Starts one, on loopback. */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const { tokenMs = 5, atOnce = 8 } = options
  const offer = { path: '/v1/chat/completions', apiKey: API_KEY, model: MODEL }
  let writing = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readChatRequest(request, offer)
    if ('status' in asked) return refuse(response, asked)
    if (writing >= atOnce) return refuse(response.setHeader('retry-after', '1'), BUSY)
    writing++
    try {
      await streamChat(response, asked, tokenMs)
    } finally {
      writing--
    }
  }

  const server = createServer((request, response) => {
    // Whoever asked has gone in the middle of it.
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const baseUrl = `http://127.0.0.1:${port}/v1`
  return {
    endpoint: { baseUrl, apiKey: API_KEY, model: MODEL, price: { input: '1', output: '4' } },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { message, type: code, code } }))
}
