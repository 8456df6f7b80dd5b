import { EventSourceParserStream } from 'eventsource-parser/stream'
import * as v from 'valibot'
import type { Access } from './endpoint'
import type { Usage } from './price'

/** One turn of a conversation. */
export interface Message {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/** A piece of an answer: some of its text, or at its end what it took. */
export type Piece = { readonly text: string } | { readonly usage: Usage }

/** An answer of an endpoint that is none to the question. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError'

  constructor(
    readonly status: number,
    /** What the endpoint said; for operators only, for it may quote the key. */
    said: string,
    /** How long it asks to be left alone, in milliseconds. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(`the endpoint answered ${status}: ${said}`)
  }
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const chunkSchema = v.object({
  choices: v.optional(
    v.array(v.object({ delta: v.optional(v.object({ content: v.nullish(v.string()) })) })),
    [],
  ),
  usage: v.nullish(v.object({ prompt_tokens: count, completion_tokens: count })),
})

/** The most of a refusal that is kept, in characters. */
const SAID_LENGTH = 1_000

/**
 * Asks a model; resolves when it begins to answer, with its answer as it is written and then what it took.
 *
 * @throws EndpointError where it does not answer; the reason of `signal`
 */
export async function startCompletion(
  { baseUrl, apiKey }: Access,
  { model, messages }: { readonly model: string; readonly messages: readonly Message[] },
  signal: AbortSignal,
): Promise<AsyncIterable<Piece>> {
  const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } }),
    signal,
  })
  if (!response.ok || !response.body) throw await refusal(response)
  return piecesOf(response.body as ReadableStream<BufferSource>)
}

async function* piecesOf(body: ReadableStream<BufferSource>): AsyncGenerator<Piece, void, undefined> {
  const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
  for await (const { data } of events) {
    if (data === '[DONE]') return
    const { choices, usage } = v.parse(chunkSchema, JSON.parse(data))
    const text = choices[0]?.delta?.content
    if (text) yield { text }
    if (usage) yield { usage }
  }
  throw new Error('the answer broke off')
}

async function refusal(response: Response): Promise<EndpointError> {
  const said = (await response.text()).slice(0, SAID_LENGTH)
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new EndpointError(response.status, said, Number.isFinite(seconds) ? seconds * 1_000 : undefined)
}
