import { connect } from '@arcp/client'
import { InternalError, type JobEvent } from '@arcp/protocol'
import { memoryDialer } from '@arcp/protocol/transport'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { expect, test } from 'vitest'
import { archiveAgent } from './archive'
import { ask, research } from './contracts'
import { researchAgent } from './research'

const secret = new Uint8Array(32).fill(7)

/** Answers `what is …`, fails at `why …`, and at anything else goes on until it is told to end. */
const oracle = implement(ask, async ({ questions: [question = ''] }, ctx) => {
  await ctx.spend('USD', '0.1')
  if (question.startsWith('what is')) return `${question}: it is`
  if (question.startsWith('why')) throw new InternalError(`nobody knows ${question}`)
  return new Promise<string>((_, reject) => {
    ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))
    if (ctx.signal.aborted) reject(ctx.signal.reason)
  })
})

/** A runtime with askers that answer as above, one of the archive that trusts it, and a client of the first. */
async function session() {
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const archive = createRuntime({
    name: 'archive',
    version: '1.0.0',
    auth: () => undefined,
    agents: [archiveAgent()],
    delegation: { trusted: [{ issuer: 'here', algorithm: 'HS256', secret }] },
    logger,
  })
  const runtime = createRuntime({
    name: 'here',
    version: '1.0.0',
    auth: staticTokens({ t: 'ada' }),
    agents: [oracle, researchAgent({ dialer: memoryDialer(archive), name: 'archive' })],
    delegation: { key: { algorithm: 'HS256', secret } },
    logger,
  })
  const client = await connect(memoryDialer(runtime), { token: 't' })
  return {
    client,
    submit: (asked: readonly string[], enough: number, agents = ['ask', 'archive']) =>
      client.submit(
        research,
        { leads: asked.map((question) => ({ questions: [question], usd: '0.5' })), enough },
        { lease: { 'agent.delegate': agents, 'cost.budget': ['USD:2'] } },
      ),
    async [Symbol.asyncDispose]() {
      await client.close()
      await runtime.close()
      await archive.close()
    },
  }
}

async function collect(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const all = []
  for await (const event of events) all.push(event)
  return all
}

test('shares out questions and money, puts the answers together in order, and has them archived', async () => {
  await using s = await session()
  const job = await s.submit(['what is b', 'what is a'], 2)
  const events = await collect(job.events())
  expect(await job.result()).toBe('what is b: it is\n\nwhat is a: it is')
  expect(events.find(({ type }) => type === 'job.status')).toMatchObject({
    phase: 'archived',
    details: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), for: 'here|ada', through: ['here|research'] },
  })
  expect(events.at(-1)).toMatchObject({ summary: '2 of 2 askers answered; 0.2 USD spent, 1.8 left' })
})

test('calls off who still asks when there are enough answers, whatever they were about to say', async () => {
  await using s = await session()
  const job = await s.submit(['for ever', 'what is a', 'why'], 1)
  const children: string[] = []
  for await (const event of job.events()) if (event.type === 'job.delegate') children.push(event.child_job_id)
  expect(await job.result()).toBe('what is a: it is')
  const [first = ''] = children
  const called = (await s.client.subscribe(first, { afterSeq: 0 })).result()
  await expect(called).rejects.toMatchObject({ details: { reason: 'there are enough answers' } })
})

test('makes do with fewer answers than would be enough, and fails as its askers do when there are none', async () => {
  await using s = await session()
  expect(await (await s.submit(['why', 'what is a'], 2)).result()).toBe('what is a: it is')
  await expect((await s.submit(['why not', 'why'], 1)).result()).rejects.toThrow('nobody knows why not')
})

test('reaches the archive only where its lease lets it', async () => {
  await using s = await session()
  const job = await s.submit(['what is a'], 1, ['ask'])
  await expect(job.result()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
})

test('ends with its askers when it is cancelled', async () => {
  await using s = await session()
  const job = await s.submit(['for ever'], 1)
  for await (const event of job.events()) if (event.type === 'job.delegate') await job.cancel('enough')
  await expect(job.result()).rejects.toMatchObject({ code: 'CANCELLED', details: { reason: 'enough' } })
  const ended: string[] = []
  for await (const { agent, status } of s.client.listJobs()) ended.push(`${agent} ${status}`)
  // Jobs of one millisecond are listed in any order.
  expect(ended.toSorted()).toEqual(['ask@1.0.0 cancelled', 'research@1.0.0 cancelled'])
})
