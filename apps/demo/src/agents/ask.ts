import { InternalError, InvalidRequestError, isArcpError } from '@arcp/protocol'
import { type AgentContext, implement } from '@arcp/runtime'
import { EndpointError, type Message, type Piece, startCompletion } from '../ask/completion'
import type { Endpoint } from '../ask/endpoint'
import { patiently } from '../ask/patiently'
import { costOf, type Price } from '../ask/price'
import { ask } from './contracts'

/**
 * The `ask` agent. Its lease's `model.use` must cover the model; where that is asked is its operator's affair, and needs
 * no `net.fetch`. What an answer took is charged once it has come: the last one may cost more than is left, and then no
 * further question is asked.
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
        messages.push({
          role: 'assistant',
          content: await write(pieces, writer, ctx, { model, price: endpoint.price }),
        })
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
  return patiently(() => startCompletion(endpoint, request, ctx.signal), {
    signal: ctx.signal,
    onWait: (ms) => ctx.status({ phase: 'waiting', message: `the model is busy; again in ${ms / 1000} s` }),
  })
}

/** Writes an answer down as it comes, and pays for it. */
async function write(
  pieces: AsyncIterable<Piece>,
  writer: WritableStreamDefaultWriter<string>,
  ctx: AgentContext,
  { model, price }: { readonly model: string; readonly price: Price },
): Promise<string> {
  let answer = ''
  let isPaid = false
  for await (const piece of pieces) {
    if ('text' in piece) {
      answer += piece.text
      await writer.write(piece.text)
    } else {
      isPaid = true
      await ctx.spend('USD', costOf(piece.usage, price), { name: 'model', dimensions: { model } })
    }
  }
  if (!isPaid)
    throw new InternalError('the endpoint does not say what its answers take', { retryable: false })
  return answer
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
