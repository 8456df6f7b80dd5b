import { agent, isArcpError } from '@arcp/protocol'
import { type Implementation, implement } from '@arcp/runtime'
import { describe, expect, it } from 'vitest'
import { links } from './links'
import { stage } from './stage'

const does = (name: string, run: Implementation['run']) => implement(agent({ name, version: '1.0.0' }), run)

const agents = [
  does('stubborn', () => new Promise(() => {})),
  does('patient', (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject))),
  does('buyer', async (_, ctx) => {
    const bought: string[] = []
    for (const thing of ['bread', 'butter', 'jam', 'honey']) {
      try {
        await ctx.tool('buy', { thing }, () => ctx.spend('EUR', '2.40', { name: 'food' }))
        bought.push(thing)
      } catch (error) {
        if (!isArcpError(error, 'BUDGET_EXHAUSTED')) throw error
        break
      }
    }
    return bought
  }),
]

describe.each(links)('$name: a lease', (link) => {
  it('ends its job at its time, though nobody is there, and whoever takes the job up is told so', async () => {
    await using s = await stage(link, { agents })
    const first = await s.connect()
    const { resumeToken } = await first.submit('stubborn', null, { expiresInS: 0.2 })
    await first.close()
    const second = await s.connect()
    const job = await second.submit('stubborn', null, { resumeToken: resumeToken as string })
    await expect(job.result()).rejects.toMatchObject({ code: 'LEASE_EXPIRED', retryable: false })
  })

  it('lets its job buy as long as there is money, and tells what is left', async () => {
    await using s = await stage(link, { agents })
    const client = await s.connect()
    const lease = { 'tool.call': ['buy'], 'cost.budget': ['EUR:5'] }
    const job = await client.submit('buyer', null, { lease })
    const left: number[] = []
    for await (const event of job.events()) {
      if (event.type === 'job.metric' && event.name === 'cost.budget.remaining') left.push(event.value)
    }
    expect(await job.result()).toEqual(['bread', 'butter', 'jam'])
    expect(left).toEqual([2.6, 0.2, -2.2, -2.2])
  })

  it('is told to whoever submits, and to whoever follows', async () => {
    await using s = await stage(link, { agents })
    const client = await s.connect()
    const lease = { 'cost.budget': ['EUR:5'] }
    const job = await client.submit('patient', null, { lease, expiresInS: 60 })
    const told = { lease, budget: { EUR: '5' }, leaseConstraints: { expires_in_s: 60 } }
    expect(job).toMatchObject(told)
    const { expires_at } = job.leaseConstraints ?? {}
    expect(Date.parse(String(expires_at)) - Date.parse(String(job.acceptedAt))).toBe(60_000)
    const followed = await (await s.connect()).subscribe(job.id)
    expect(followed).toMatchObject(told)
    await job.cancel()
  })

  it('is part of what a key stands for', async () => {
    await using s = await stage(link, { agents })
    const client = await s.connect()
    const ask = (expiresInS: number, ...pattern: string[]) =>
      client.submit('buyer', null, { idempotencyKey: 'k', expiresInS, lease: { 'tool.call': pattern } })
    const { id } = await ask(60, 'buy')
    expect((await ask(60, 'buy')).id).toBe(id)
    await expect(ask(60, 'buy', 'sell')).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    await expect(ask(61, 'buy')).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
  })
})
