import type { Client } from '@arcp/client'
import * as v from 'valibot'
import { receiptSchema, research } from '../agents/contracts'
import { Fail } from '../terminal/fail'
import type { Terminal } from '../terminal/terminal'

const LEADS = [
  { usd: '0.0006', questions: ['What is an agent?'] },
  { usd: '0.0001', questions: ['What is a lease?', 'And who pays for it?'] },
  { usd: '0.0012', questions: Array.from({ length: 20 }, (_, i) => `What does a budget of ${i} USD buy?`) },
]

const LEASE = {
  'agent.delegate': ['ask', 'archive'],
  'model.use': ['*'],
  'cost.budget': ['USD:0.002'],
}

/** Lets an agent share its work and its money out among others, and act for its principal at another runtime. */
export async function delegateChapter(client: Client, out: Terminal): Promise<void> {
  out.heading('A job that shares out its work and its money')
  out.line('The agent research@1.0.0 has 0.002 USD, and three askers that get a part of it each.')
  const job = await client.submit(research, { leads: LEADS, enough: 2 }, { lease: LEASE })
  const askers: Promise<string>[] = []
  let receipt: unknown
  let summary: string | undefined
  for await (const event of job.events()) {
    if (event.type === 'job.delegate') {
      const following = follow(client, event.child_job_id, askers.length + 1, out)
      // It is waited for below, unless the job itself fails before.
      following.catch(() => {})
      askers.push(following)
    } else if (event.type === 'job.status' && event.phase === 'archived') receipt = event.details
    else if (event.type === 'job.completed') summary = event.summary
  }
  await job.result()
  const outcomes = (await Promise.all(askers)).join(', ')
  if (outcomes !== 'completed, overspent, cancelled')
    throw new Fail(`the askers ended otherwise: ${outcomes}`)
  out.success(`It got along with that: ${summary}.`)
  tellChain(receipt, out)
}

/** Tells what becomes of an asker; resolves with how it ended. */
async function follow(client: Client, id: string, number: number, out: Terminal): Promise<string> {
  const asker = await client.subscribe(id, { afterSeq: 0 })
  const tell = (text: string) => out.line(`  asker ${number} ${text}`)
  tell(`gets ${asker.budget?.USD} USD`)
  let outcome = 'without an end'
  for await (const event of asker.events()) {
    if (event.type === 'job.metric' && event.name === 'cost.budget.remaining' && event.value < 0) {
      if (outcome !== 'overspent') tell(`${out.paint('red', 'overspends')}: ${event.value} USD left`)
      outcome = 'overspent'
    } else if (event.type === 'job.tool_result' && event.error) {
      tell(`gets no further: ${out.paint('red', event.error.code)}`)
    } else if (event.type === 'job.completed') {
      tell(`is done: ${event.summary}`)
      if (outcome !== 'overspent') outcome = 'completed'
    } else if (event.type === 'job.cancelled') {
      tell(`is ${out.paint('yellow', 'called off')}: ${event.reason}`)
      outcome = 'cancelled'
    }
  }
  return outcome
}

/** Tells for whom, and through whom, the archive has taken what was found. */
function tellChain(receipt: unknown, out: Terminal): void {
  if (!v.is(receiptSchema, receipt)) throw new Fail('the archive gave no receipt')
  out.line('What was found went to an archive at another runtime, by a token for that alone.')
  out.success(`The archive keeps it for ${receipt.for}, who sent ${receipt.through.join(', who sent ')}.`)
}
