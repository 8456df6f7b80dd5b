import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'

const chatSchema = v.object({
  model: v.string(),
  messages: v.pipe(v.array(v.object({ role: v.string(), content: v.string() })), v.minLength(1)),
  stream: v.literal(true, 'answers are streamed only'),
  stream_options: v.optional(v.object({ include_usage: v.optional(v.boolean()) })),
})

/** What is asked. */
export type ChatRequest = v.InferOutput<typeof chatSchema>

/** Why nothing is answered, as this kind of API says so. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** Who may ask for what. */
export interface Offer {
  readonly path: string
  readonly apiKey: string
  readonly model: string
}

const MAX_BODY_BYTES = 1024 * 1024

/** Reads a request; what is wrong with it is a refusal. */
export async function readChatRequest(
  request: IncomingMessage,
  offer: Offer,
): Promise<ChatRequest | Refusal> {
  const { method, url, headers } = request
  if (method !== 'POST' || url !== offer.path) {
    return { status: 404, code: 'unknown_url', message: `There is nothing but POST ${offer.path}.` }
  }
  if (headers.authorization !== `Bearer ${offer.apiKey}`) {
    return { status: 401, code: 'invalid_api_key', message: 'The API key is not the right one.' }
  }
  if (!(Number(headers['content-length']) <= MAX_BODY_BYTES)) {
    return {
      status: 413,
      code: 'too_large',
      message: `A request has a length of at most ${MAX_BODY_BYTES} bytes.`,
    }
  }
  const body = v.safeParse(v.pipe(v.string(), v.parseJson(), chatSchema), await text(request))
  if (!body.success) {
    return { status: 400, code: 'invalid_request', message: v.summarize(body.issues) }
  }
  if (body.output.model !== offer.model) {
    return { status: 404, code: 'model_not_found', message: `There is no model ${body.output.model}.` }
  }
  return body.output
}
