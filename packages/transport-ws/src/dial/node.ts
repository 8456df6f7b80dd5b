import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Transport } from '@arcp/protocol/transport'
import { type ClientOptions, WebSocket } from 'ws'
import { WsTransport } from '../ws-transport'
import type { Address } from './address'
import { explainAnswer, explainError } from './explain'
import { dialFailure, timedOut } from './failure'
import type { DialSettings } from './options'

/** How many characters of a refusal are read; a runtime's own are shorter. */
const MAX_ANSWER = 1_000

/** One attempt, over `ws`. Whatever ends it early also ends its socket. */
export function dial(address: Address, settings: DialSettings, signal: AbortSignal): Promise<Transport> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const ws = new WebSocket(address.href, clientOptions(settings))
    let socket: Duplex | undefined
    const timer = settings.clock.setTimer(settings.handshakeTimeoutMs, () =>
      fail(timedOut(address, settings.handshakeTimeoutMs)),
    )
    signal.addEventListener('abort', aborted)
    ws.on('error', failed)
    ws.on('upgrade', (response) => {
      socket = response.socket
    })
    ws.on('unexpected-response', async (_request, response) => {
      const { statusCode = 0, headers } = response
      const body = await readAnswer(response)
      fail(dialFailure(address, explainAnswer(statusCode, headers.location, body)))
    })
    ws.on('open', () => {
      if (!socket) return
      settled()
      ws.off('error', failed)
      resolve(new WsTransport(ws, socket, settings))
    })

    function settled(): void {
      timer.cancel()
      signal.removeEventListener('abort', aborted)
    }

    function aborted(): void {
      fail(signal.reason)
    }

    function failed(cause: Error): void {
      fail(dialFailure(address, explainError(address, cause), cause))
    }

    // Ending the attempt makes `ws` report an error once more; by then the promise is settled.
    function fail(reason: unknown): void {
      settled()
      reject(reason)
      ws.terminate()
    }
  })
}

function clientOptions(settings: DialSettings): ClientOptions & { closeTimeout: number } {
  return {
    headers: settings.headers,
    maxPayload: settings.maxFrameBytes,
    closeTimeout: settings.closeTimeoutMs,
    perMessageDeflate: false,
    followRedirects: false,
  }
}

/** The text of a refusal, if it is plain text. What is cut off or breaks off counts as far as it came. */
async function readAnswer(response: IncomingMessage): Promise<string> {
  if (!response.headers['content-type']?.startsWith('text/plain')) return ''
  let text = ''
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk
      if (text.length >= MAX_ANSWER) break
    }
  } catch {
    // A broken answer is still an answer.
  }
  return text.slice(0, MAX_ANSWER).trim()
}
