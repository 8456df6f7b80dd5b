import { connect } from '@arcp/client'
import type { Observer } from '@arcp/protocol/observe'
import type { Dialer } from '@arcp/protocol/transport'
import { type AgentContext, type ChildJob, implement } from '@arcp/runtime'
import { archive, ask, research } from './contracts'

/** Where the archive is. */
export interface Archive {
  readonly dialer: Dialer
  /** The name of its runtime, which tokens for it are made out to. */
  readonly name: string
  /** Watches the connection to it. */
  readonly observe?: Observer
}

/**
 * The `research` agent. Its lease must cover the agents `ask` and `archive`, and whatever the askers need. The archive is
 * at another runtime: it is reached on behalf of the job's principal, with a token that is good for nothing else.
 */
export function researchAgent(archiveOf: Archive) {
  return implement(research, async ({ leads, enough }, ctx) => {
    const { 'model.use': models = [] } = ctx.lease
    const askers: ChildJob<string>[] = []
    for (const { questions, usd } of leads) {
      const lease = { 'model.use': models, 'cost.budget': [`USD:${usd}`] }
      askers.push(await ctx.delegate(ask, { questions }, { lease }))
    }
    const answers = await gather(askers, enough)
    ctx.signal.throwIfAborted()
    const text = answers.join('\n\n')
    const receipt = await file(text, archiveOf, ctx)
    await ctx.status({ phase: 'archived', details: receipt })
    ctx.summarize(`${answers.length} of ${leads.length} askers answered; ${moneyOf(ctx)}`)
    return text
  })
}

/**
 * The answers, in the order of their askers. Once there are enough, whoever still asks is called off.
 *
 * @throws the error of an asker when there are none
 */
async function gather(askers: readonly ChildJob<string>[], enough: number): Promise<string[]> {
  let answered = 0
  const outcomes = await Promise.allSettled(
    askers.map(async (asker) => {
      const answer = await asker.result()
      answered++
      if (answered === enough) for (const other of askers) other.cancel('there are enough answers')
      return answer
    }),
  )
  const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const [failed] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  if (answers.length === 0) throw failed
  return answers
}

/** Has the archive keep a text, as somebody who may do that for the job's principal, and no more. */
async function file(text: string, { dialer, name, observe }: Archive, ctx: AgentContext) {
  const token = await ctx.createDelegationToken([`agent:${archive.name}`], { audience: name })
  const watched = observe ? { observe } : {}
  await using client = await connect(dialer, { token, signal: ctx.signal, ...watched })
  const job = await client.submit(archive, { text })
  return await job.result()
}

function moneyOf(ctx: AgentContext): string {
  const { spent, remaining } = ctx.budget().USD ?? {}
  return `${spent} USD spent, ${remaining} left`
}
