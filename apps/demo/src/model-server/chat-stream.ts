import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Usage } from '../ask/price'
import { answerTo, tokensOf } from './answers'
import type { ChatRequest } from './chat-request'

/** Streams an answer token by token, then what it took if that is asked for; resolves with that. */
export async function streamChat(
  response: ServerResponse,
  { model, messages, stream_options }: ChatRequest,
  tokenMs: number,
): Promise<Usage> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const send = async (data: object | string) => {
    const text =
      typeof data === 'string' ? data : JSON.stringify({ object: 'chat.completion.chunk', model, ...data })
    if (!response.write(`data: ${text}\n\n`)) await once(response, 'drain', { signal: gone.signal })
  }
  const choice = (delta: object, finish_reason: string | null = null) => ({
    choices: [{ index: 0, delta, finish_reason }],
  })

  const tokens = tokensOf(answerTo(messages.at(-1)?.content ?? ''))
  await send(choice({ role: 'assistant', content: '' }))
  for (const content of tokens) {
    if (tokenMs > 0) await sleep(tokenMs, undefined, { signal: gone.signal })
    await send(choice({ content }))
  }
  await send(choice({}, 'stop'))
  const prompt_tokens = messages.reduce((sum, { content }) => sum + tokensOf(content).length, 0)
  const completion_tokens = tokens.length
  if (stream_options?.include_usage) {
    const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
    await send({ choices: [], usage })
  }
  await send('[DONE]')
  response.end()
  return { prompt_tokens, completion_tokens }
}
