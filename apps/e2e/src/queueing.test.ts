import { type Client, connect } from '@arcp/client'
import { agent, InternalError } from '@arcp/protocol'
import { createRuntime, implement, type Limits, staticTokens } from '@arcp/runtime'
import { describe, expect, it } from 'vitest'
import { type Link, links } from './links'

const wait = agent({ name: 'wait', version: '1.0.0' })
const rare = agent({ name: 'rare', version: '1.0.0' })

/** A runtime whose jobs end one by one, in the order they were started, when told to. */
async function office({ open }: Link, limits: Partial<Limits>) {
  const started: unknown[] = []
  const ends: (() => void)[] = []
  const run = (input: unknown) => {
    started.push(input)
    return new Promise((resolve) => ends.push(() => resolve(input)))
  }
  const runtime = createRuntime({
    name: 'office',
    version: '1.0.0',
    auth: staticTokens({ adas: 'ada', bobs: 'bob' }),
    agents: [implement(wait, run), implement(rare, run, { maxRunning: 1 })],
    limits: { closeMs: 1, ...limits },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const link = await open(runtime)
  const clients: Client[] = []
  return {
    runtime,
    started,
    /** Ends the job that has run longest, as soon as there is one. */
    async endNext() {
      while (ends.length === 0) await new Promise((resolve) => setImmediate(resolve))
      ends.shift()?.()
    },
    async connect(token = 'adas') {
      const client = await connect(link.dialer, { token })
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close()
      await link[Symbol.asyncDispose]()
      await runtime.close()
    },
  }
}

async function positionOf(job: { events(): AsyncIterable<{ type: string; position?: unknown }> }) {
  for await (const event of job.events()) if (event.type === 'job.queued') return event.position
  return undefined
}

describe.each(links)('jobs beyond what may run $name', (link) => {
  it('wait with a place of their own, and start in turn, those of another principal first', async () => {
    await using s = await office(link, { runningJobs: 1 })
    const [ada, bob] = [await s.connect(), await s.connect('bobs')]
    const jobs = []
    for (const n of [1, 2, 3]) jobs.push(await ada.submit(wait, `ada ${n}`))
    const ofBob = await bob.submit(wait, 'bob')
    expect(await Promise.all(jobs.map(positionOf))).toEqual([0, 1, 2])
    expect(await positionOf(ofBob)).toBe(1)
    for (const job of [jobs[0], jobs[1], ofBob, jobs[2]]) {
      await s.endNext()
      await job?.result()
    }
    expect(s.started).toEqual(['ada 1', 'ada 2', 'bob', 'ada 3'])
  })

  it('end without being started when the signal of their submit aborts', async () => {
    await using s = await office(link, { runningJobs: 1 })
    const client = await s.connect()
    const first = await client.submit(wait, 'first')
    const stop = new AbortController()
    const second = await client.submit(wait, 'second', { signal: stop.signal })
    const third = await client.submit(wait, 'third')
    stop.abort(new Error('never mind'))
    await expect(second.result()).rejects.toThrow('never mind')
    await s.endNext()
    expect(await first.result()).toBe('first')
    await s.endNext()
    expect(await third.result()).toBe('third')
    expect(s.started).toEqual(['first', 'third'])
  })

  it('are refused one by one where too many wait (R-SUB-9), and may be tried again', async () => {
    await using s = await office(link, { runningJobs: 1, queuedJobs: 1 })
    const client = await s.connect()
    const first = await client.submit(wait, 1)
    const second = await client.submit(wait, 2)
    const refused = client.submit(wait, 3)
    await expect(refused).rejects.toThrow(InternalError)
    await expect(refused).rejects.toMatchObject({
      retryable: true,
      details: { reason: 'queued_jobs', limit: 1, retry_after_ms: expect.any(Number) },
    })
    await s.endNext()
    expect(await first.result()).toBe(1)
    await s.endNext()
    expect(await second.result()).toBe(2)
    const third = await client.submit(wait, 3)
    await s.endNext()
    expect(await third.result()).toBe(3)
  })

  it('of an agent that takes one at a time hold up no other agent', async () => {
    await using s = await office(link, {})
    const client = await s.connect()
    await client.submit(rare, 'rare 1')
    const second = await client.submit(rare, 'rare 2')
    const other = await client.submit(wait, 'other')
    expect(await positionOf(second)).toBe(1)
    expect(await positionOf(other)).toBe(0)
    await s.endNext()
    await s.endNext()
    expect(await other.result()).toBe('other')
    await s.endNext()
    expect(await second.result()).toBe('rare 2')
  })

  it('keep the version they were accepted for, though it is retired while they wait', async () => {
    await using s = await office(link, { runningJobs: 1 })
    const client = await s.connect()
    const jobs = [await client.submit('wait', 'a'), await client.submit('wait', 'b')]
    s.runtime.agents.add(implement(agent({ name: 'wait', version: '2.0.0' }), () => 'of version 2'))
    expect(s.runtime.agents.retire('wait', '1.0.0')).toBe(true)
    await expect(client.submit(wait, 'c')).rejects.toMatchObject({ code: 'AGENT_VERSION_NOT_AVAILABLE' })
    const next = await client.submit('wait', 'd')
    await s.endNext()
    expect(await jobs[0]?.result()).toBe('a')
    await s.endNext()
    expect(await jobs[1]?.result()).toBe('b')
    expect(await next.result()).toBe('of version 2')
  })
})
