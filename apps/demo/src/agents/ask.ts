import { InternalError, InvalidRequestError, isArcpError } from '@arcp/protocol'
import { type AgentContext, implement } from '@arcp/runtime'
import { EndpointError, type Message, type Piece, startCompletion } from '../ask/completion'
import type { Access, Endpoint } from '../ask/endpoint'
import { patiently } from '../ask/patiently'
import { costOf, leastUsage, type Price, type Usage } from '../ask/price'
import { PROFILE } from '../keys/virtual-keys'
import { ask } from './contracts'

/**
 * The `ask` agent. Its lease's `model.use` must cover the model; where that is asked is its operator's affair, and needs
 * no `net.fetch`. It asks with the key that was made for the job, where one was. What an answer took is charged once it
 * has come: the last one may cost more than is left, and then no further question is asked. One that breaks off is charged
 * for what has come of it.
 */
export function askAgent(endpoint: Endpoint) {
  return implement(ask, async ({ questions, model = endpoint.model }, ctx) => {
    const writer = ctx.resultStream().getWriter()
    const messages: Message[] = []
    let answered = 0
    let end = ''
    try {
      for (const content of questions) {
        await ctx.model(model)
        messages.push({ role: 'user', content })
        await writer.write(`${answered === 0 ? '' : '\n\n'}> ${content}\n\n`)
        const pieces = await begin(endpoint, { model, messages }, ctx)
        const answer = await write(pieces, writer, ctx, { model, messages, price: endpoint.price })
        messages.push({ role: 'assistant', content: answer })
        answered++
        await ctx.progress({ current: answered, total: questions.length, units: 'questions' })
      }
    } catch (error) {
      if (!isArcpError(error, 'BUDGET_EXHAUSTED')) throw explained(error, model)
      end = '; then the money was spent'
    }
    await writer.close()
    ctx.summarize(`${answered} of ${questions.length} questions answered${end}`)
    return undefined
  })
}

type Request = Parameters<typeof startCompletion>[1]

/** Asks, and asks again when the endpoint has too much to do. */
function begin(endpoint: Endpoint, request: Request, ctx: AgentContext): Promise<AsyncIterable<Piece>> {
  return patiently(() => startCompletion(accessOf(endpoint, ctx), request, ctx.signal), {
    signal: ctx.signal,
    onWait: (ms) => ctx.status({ phase: 'waiting', message: `the model is busy; again in ${ms / 1000} s` }),
  })
}

/** Where the model is asked, with what: looked up each time, for a key may be replaced. */
function accessOf({ baseUrl, apiKey }: Endpoint, { credentials }: AgentContext): Access {
  const own = credentials.find(({ profile }) => profile === PROFILE)
  return own ? { baseUrl: own.endpoint, apiKey: own.value } : { baseUrl, apiKey }
}

/** Writes an answer down as it comes, and pays for it, also where it breaks off: what has come is not free. */
async function write(
  pieces: AsyncIterable<Piece>,
  writer: WritableStreamDefaultWriter<string>,
  ctx: AgentContext,
  { model, messages, price }: Request & { readonly price: Price },
): Promise<string> {
  const answer: string[] = []
  let isPaid = false
  const pay = (usage: Usage, dimensions: Record<string, string> = {}) => {
    isPaid = true
    return ctx.spend('USD', costOf(usage, price), { name: 'model', dimensions: { model, ...dimensions } })
  }
  try {
    for await (const piece of pieces) {
      if ('usage' in piece) await pay(piece.usage)
      else {
        answer.push(piece.text)
        await writer.write(piece.text)
      }
    }
    if (!isPaid)
      throw new InternalError('the endpoint does not say what its answers take', { retryable: false })
  } finally {
    const asked = messages.map(({ content }) => content)
    if (!isPaid) await pay(leastUsage(asked, answer.length), { usage: 'estimated' })
  }
  return answer.join('')
}

/** What a refusal of the endpoint means to whoever asked; its words stay with the operator. */
function explained(error: unknown, model: string): unknown {
  if (!(error instanceof EndpointError)) return error
  const { status } = error
  if (status === 404)
    return new InvalidRequestError(`input.model: the endpoint has no ${model}`, { cause: error })
  const isBusy = status === 429 || status >= 500
  return new InternalError(`the endpoint answered ${status}`, { retryable: isBusy, cause: error })
}
