import { type Client, connect, type Job } from '@arcp/client'
import { agent, type JobEventOf } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { collect } from '@arcp/testkit'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Link, links } from './links'
import { droppedOnce, pullable } from './pullable'

const count = agent({
  name: 'count',
  version: '1.0.0',
  input: v.object({ to: v.number() }),
  output: v.object({ counted: v.number() }),
})

const agents = [
  implement(count, async ({ to }, ctx) => {
    for (let current = 1; current <= to; current++) await ctx.progress({ current, total: to })
    await ctx.spend('USD', '0.1')
    return { counted: to }
  }),
  implement(agent({ name: 'team', version: '1.0.0' }), async (_, ctx) => {
    const children = []
    for (const to of [1, 2, 3]) {
      children.push(await ctx.delegate(count, { to }, { lease: { 'cost.budget': ['USD:0.5'] } }))
    }
    const results = await Promise.all(children.map((child) => child.result()))
    expectTypeOf(results).toEqualTypeOf<{ counted: number }[]>()
    return { results, spent: ctx.budget().USD?.spent }
  }),
  implement(agent({ name: 'wait', version: '1.0.0' }), async (_, ctx) => {
    await ctx.status({ phase: 'waiting' })
    ctx.signal.throwIfAborted()
    await new Promise((_resolve, reject) => {
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))
    })
  }),
  implement(agent({ name: 'lead', version: '1.0.0' }), async (_, ctx) =>
    (await ctx.delegate('wait', 1)).result(),
  ),
]
const lease = { 'agent.delegate': ['count', 'wait'], 'cost.budget': ['USD:2'] }

/** A runtime of these agents, and a client of it whose connection can be broken. */
async function session(link: Link) {
  const runtime = createRuntime({
    name: 'e2e',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada', bobs: 'bob' }),
    agents,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const open = await link.open(runtime)
  const { dialer, pull } = pullable(open.dialer)
  const client = await connect(dialer, { token: 'test-token' })
  const others: Client[] = []
  return {
    client,
    pull,
    async connect(token = 'test-token') {
      const other = await connect(open.dialer, { token })
      others.push(other)
      return other
    },
    async [Symbol.asyncDispose]() {
      for (const one of [client, ...others]) await one.close()
      await open[Symbol.asyncDispose]()
      await runtime.close()
    },
  }
}

/** The first child that a job tells of. */
async function childOf(job: Job): Promise<JobEventOf<'job.delegate'>> {
  for await (const event of job.events()) if (event.type === 'job.delegate') return event
  throw new Error('it had none')
}

async function listed(client: Client) {
  const jobs = []
  for await (const { job_id, parent_job_id, status } of client.listJobs()) {
    jobs.push({ job_id, parent_job_id, status })
  }
  return jobs
}

describe.each(links)('$name', (link) => {
  it('a job tells of its children, which are listed with it and followed by whoever asks', async () => {
    await using s = await session(link)
    const { client } = s
    const job = await client.submit('team', null, { lease })
    const events = await collect(job.events())
    expect(await job.result()).toEqual({
      results: [{ counted: 1 }, { counted: 2 }, { counted: 3 }],
      spent: '0.3',
    })
    const told = events.flatMap((event) => (event.type === 'job.delegate' ? [event] : []))
    expect(told).toMatchObject([1, 2, 3].map((to) => ({ agent: 'count@1.0.0', input: { to } })))
    const ids = told.map(({ child_job_id }) => child_job_id)
    const jobs = await listed(client)
    expect(jobs).toHaveLength(4)
    for (const job_id of ids) {
      expect(jobs).toContainEqual({ job_id, parent_job_id: job.id, status: 'completed' })
    }
    const other = await s.connect()
    const child = await other.subscribe(ids[2] as string, { afterSeq: 0 })
    expect(child).toMatchObject({ agent: 'count@1.0.0', traceId: job.traceId, budget: { USD: '0.5' } })
    expect((await collect(child.events())).map(({ type }) => type)).toEqual([
      'job.queued',
      'job.started',
      'job.progress',
      'job.progress',
      'job.progress',
      'job.metric',
      'job.metric',
      'job.metric',
      'job.completed',
    ])
    expect(await child.result()).toEqual({ counted: 3 })
    await expect((await s.connect('bobs')).subscribe(ids[0] as string)).rejects.toMatchObject({
      code: 'JOB_NOT_FOUND',
    })
  })

  it('a child ends with its parent, and its end is there when the parent’s is told', async () => {
    await using s = await session(link)
    const { client } = s
    const job = await client.submit('lead', null, { lease })
    const { child_job_id: id } = await childOf(job)
    const child = await client.subscribe(id, { afterSeq: 0 })
    await job.cancel('enough')
    await expect(job.result()).rejects.toMatchObject({ code: 'CANCELLED', details: { reason: 'enough' } })
    expect(await listed(client)).toContainEqual({ job_id: id, parent_job_id: job.id, status: 'cancelled' })
    await expect(child.result()).rejects.toMatchObject({ details: { reason: 'parent_ended' } })
  })

  it('what outlives a connection outlives it with its children, whom the client may cancel', async () => {
    await using s = await session(link)
    const { client, pull } = s
    const job = await client.submit('lead', null, { lease })
    const { child_job_id: id } = await childOf(job)
    const child = await client.subscribe(id, { afterSeq: 0 })
    await droppedOnce(client, pull)
    expect(await child.cancel('not needed')).toBe('running')
    await expect(child.result()).rejects.toMatchObject({ details: { reason: 'not needed' } })
    await expect(job.result()).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})
