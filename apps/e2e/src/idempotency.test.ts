import { type Client, connect } from '@arcp/client'
import { agent, DuplicateKeyError, PermissionDeniedError } from '@arcp/protocol'
import { createRuntime, implement, type Limits, staticTokens } from '@arcp/runtime'
import { describe, expect, it } from 'vitest'
import type { OpenLink } from './links'
import { type Link, links } from './links'

const order = agent({ name: 'order', version: '1.0.0' })

/** A runtime whose one agent counts its runs, and clients of it. */
async function shop({ open }: Link, limits: Partial<Limits> = {}) {
  const runs: unknown[] = []
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const runtime = createRuntime({
    name: 'shop',
    version: '1.0.0',
    auth: staticTokens({ adas: 'ada', bobs: 'bob' }),
    agents: [
      implement(order, async (input, ctx) => {
        runs.push(input)
        await Promise.race([
          released,
          new Promise((resolve) => ctx.signal.addEventListener('abort', resolve)),
        ])
        return { receipt: runs.length }
      }),
    ],
    limits,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const link: OpenLink = await open(runtime)
  const clients: Client[] = []
  return {
    runs,
    release,
    async connect(token = 'adas') {
      const client = await connect(link.dialer, { token })
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      release()
      for (const client of clients) await client.close()
      await link[Symbol.asyncDispose]()
      await runtime.close()
    },
  }
}

const key = { idempotencyKey: 'order-1' }

describe.each(links)('idempotency keys $name', (link) => {
  it('make one job of concurrent submits of several clients (R-SUB-5), whose outcome all of them get', async () => {
    await using s = await shop(link)
    const clients = await Promise.all([s.connect(), s.connect(), s.connect()])
    const jobs = await Promise.all(clients.map((client) => client.submit(order, { a: 1, b: 2 }, key)))
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1)
    s.release()
    for (const job of jobs) expect(await job.result()).toEqual({ receipt: 1 })
    expect(s.runs).toHaveLength(1)
  })

  it('tell the outcome again, to another session too, without a second run (R-SUB-1, R-SUB-2)', async () => {
    await using s = await shop(link, { endedJobs: 1 })
    s.release()
    const first = await (await s.connect()).submit(order, { a: 1, b: 2 }, key)
    expect(await first.result()).toEqual({ receipt: 1 })
    const client = await s.connect()
    for (let n = 2; n < 5; n++) {
      expect(await (await client.submit(order, { n })).result()).toEqual({ receipt: n })
    }
    const again = await client.submit(order, { b: 2, a: 1 }, { ...key, extensions: { 'x-acme-try': 2 } })
    expect(again.id).toBe(first.id)
    expect(await again.result()).toEqual({ receipt: 1 })
    expect(s.runs).toHaveLength(4)
  })

  it('refuse another request, naming the job, and are nobody else’s', async () => {
    await using s = await shop(link)
    const ada = await s.connect()
    const job = await ada.submit(order, 1, key)
    const other = ada.submit(order, 2, key)
    await expect(other).rejects.toThrow(DuplicateKeyError)
    await expect(other).rejects.toMatchObject({ details: { existing_job_id: job.id } })
    const bob = await s.connect('bobs')
    expect((await bob.submit(order, 2, key)).id).not.toBe(job.id)
  })

  it('move the job to who asked last, who may cancel it then; the former owner may not', async () => {
    await using s = await shop(link)
    const [former, owner] = [await s.connect(), await s.connect()]
    const job = await former.submit(order, 1, key)
    const taken = await owner.submit(order, 1, key)
    for await (const event of job.events()) if (event.type === 'job.status') break
    await expect(job.cancel()).rejects.toThrow(PermissionDeniedError)
    expect(await taken.cancel('sold out')).toBe('running')
    for (const each of [job, taken]) await expect(each.result()).rejects.toThrow('sold out')
  })
})
