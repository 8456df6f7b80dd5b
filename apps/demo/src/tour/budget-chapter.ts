import type { Client } from '@arcp/client'
import { ask } from '../agents/contracts'
import { Fail } from '../terminal/fail'
import type { Terminal } from '../terminal/terminal'

const QUESTIONS = [
  'What is an agent?',
  'What becomes of its job when a connection breaks?',
  'And what is a lease?',
  'What happens when the budget is used up?',
]

/** Lets an agent ask a model more than it has money for. */
export async function budgetChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A job that runs out of money')
  out.line(
    `The agent ask@1.0.0 has ${QUESTIONS.length} questions to a language model, and 0.0004 USD to spend.`,
  )
  const lease = { 'model.use': ['*'], 'cost.budget': ['USD:0.0004'] }
  const job = await client.submit(ask, { questions: QUESTIONS }, { lease })
  let spent: number | undefined
  let denied: string | undefined
  let summary: string | undefined
  for await (const event of job.events()) {
    if (event.type === 'job.metric' && event.name === 'cost.model') spent = event.value
    else if (event.type === 'job.metric' && event.name === 'cost.budget.remaining' && spent !== undefined) {
      out.line(`  an answer for ${spent} USD; ${event.value} USD left`)
      spent = undefined
    } else if (event.type === 'job.tool_result' && event.error) {
      denied = event.error.code
      out.line(`  ${out.paint('red', denied)}: ${event.error.message}`)
    } else if (event.type === 'job.completed') summary = event.summary
  }
  const answers = await job.result()
  if (denied !== 'BUDGET_EXHAUSTED') throw new Fail(`the money was not used up: ${denied ?? summary}`)
  out.line(`  ${out.paint('dim', answers.split('\n\n')[1] ?? '')}`)
  out.success(`The agent stopped there, and kept the answers it had: ${summary}.`)
}
