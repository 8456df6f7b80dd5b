import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'
import { bearerOf, isRefusal, type Refusal, readBody } from './request-body'

const chatSchema = v.object({
  model: v.string(),
  messages: v.pipe(v.array(v.object({ role: v.string(), content: v.string() })), v.minLength(1)),
  stream: v.literal(true, 'answers are streamed only'),
  stream_options: v.optional(v.object({ include_usage: v.optional(v.boolean()) })),
})

/** What is asked. */
export type ChatRequest = v.InferOutput<typeof chatSchema>

/** Who may ask for what. */
export interface Offer {
  readonly model: string
  /** Why a key is not good now, for a model where one is named; `undefined` if it is. */
  readonly refusalOf: (key: string, model?: string) => Refusal | undefined
}

/** Reads a request; what is wrong with it is a refusal. */
export async function readChatRequest(
  request: IncomingMessage,
  offer: Offer,
): Promise<ChatRequest | Refusal> {
  const key = bearerOf(request)
  const refused = offer.refusalOf(key)
  if (refused) return refused
  const asked = await readBody(request, chatSchema)
  if (isRefusal(asked)) return asked
  if (asked.model !== offer.model) {
    return { status: 404, code: 'model_not_found', message: `There is no model ${asked.model}.` }
  }
  return offer.refusalOf(key, asked.model) ?? asked
}
