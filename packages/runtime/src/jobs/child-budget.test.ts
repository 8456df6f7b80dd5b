import { gate } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { acting } from '../testing/acting'
import { agentOf } from '../testing/agents'
import { harness, submitted, terminalOf } from '../testing/harness'
import { childIds, followed, told } from '../testing/parent'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

const leaseOf = (...budget: string[]) => ({
  'agent.delegate': ['*'],
  'tool.call': ['t'],
  'cost.budget': budget,
})
const lines = (granted: string, spent: string, reserved: string, remaining: string) => {
  return { granted, spent, reserved, remaining }
}

/** Spends what its input says, in this order; then how it stands. */
const spender = agentOf('spender', async (input, ctx) => {
  for (const [currency, amount] of input as [string, string][]) await ctx.spend(currency, amount)
  return ctx.budget()
})

/** What the agent of a job with this budget gets. */
function funded<T>(budget: string[], act: (ctx: AgentContext) => Promise<T>, agents = [spender]) {
  return acting(act, { lease_request: leaseOf(...budget) }, { agents })
}

describe('the budget of a child', () => {
  it('is taken out of its parent’s; when it has ended what it spent is spent there, and the rest is back', async () => {
    const middle = gate()
    const waiting = agentOf('waiting', async (_, ctx) => {
      await ctx.spend('USD', '0.25')
      await middle.promise
      return ctx.budget()
    })
    const { value } = await funded(
      ['USD:5'],
      async (ctx) => {
        const child = await ctx.delegate('waiting', null, { lease: { 'cost.budget': ['USD:2'] } })
        const during = ctx.budget().USD
        middle.open()
        return [child.budget, during, await child.result(), ctx.budget().USD]
      },
      [waiting],
    )
    expect(value).toEqual([
      { USD: '2' },
      lines('5', '0', '2', '3'),
      { USD: lines('2', '0.25', '0', '1.75') },
      lines('5', '0.25', '0', '4.75'),
    ])
  })

  it('counts what it overspent at the parent, whose next operation is denied', async () => {
    const { value, events } = await funded(['USD:5'], async (ctx) => {
      const child = await ctx.delegate('spender', [['USD', '7.5']], { lease: { 'cost.budget': ['USD:2'] } })
      await child.result()
      return [ctx.budget().USD, await told(ctx.tool('t', null, () => 'ran'))]
    })
    expect(value).toEqual([
      lines('5', '7.5', '0', '-2.5'),
      { code: 'BUDGET_EXHAUSTED', details: { namespace: 'tool.call', target: 't', currency: 'USD' } },
    ])
    expect(events.at(-1)).toMatchObject({
      type: 'job.metric',
      body: { name: 'cost.budget.remaining', value: -2.5 },
    })
  })

  it('beyond what the parent has left is LEASE_SUBSET_VIOLATION, and nothing of it is taken', async () => {
    const { value } = await funded(['USD:5', 'EUR:5'], async (ctx) => {
      const ask = (...budget: string[]) =>
        told(ctx.delegate('spender', [], { lease: { 'cost.budget': budget } }))
      const open = ctx.reserve('USD', 4)
      const refused = await ask('EUR:1', 'USD:1.000001')
      const after = ctx.budget()
      open.release()
      return [refused, after, await ask('USD:6')]
    })
    expect(value).toEqual([
      {
        code: 'LEASE_SUBSET_VIOLATION',
        details: { namespace: 'cost.budget', pattern: 'USD:1.000001', remaining: '1' },
      },
      { USD: lines('5', '0', '4', '1'), EUR: lines('5', '0', '0', '5') },
      { code: 'LEASE_SUBSET_VIOLATION', details: { namespace: 'cost.budget', pattern: 'USD:6' } },
    ])
  })

  it('is back where the child is refused for something else', async () => {
    const { value } = await acting(
      async (ctx) => {
        const refused = await told(ctx.delegate('spender', [], { lease: { 'cost.budget': ['USD:2'] } }))
        return [refused, ctx.budget().USD]
      },
      { lease_request: leaseOf('USD:5') },
      { agents: [spender], limits: { activeJobs: 1 } },
    )
    expect(value).toMatchObject([{ details: { reason: 'active_jobs' } }, lines('5', '0', '0', '5')])
  })

  it('that it does not name is its parent’s, charged there at once and no more than is left there', async () => {
    const spent = gate()
    const seen = gate()
    const sharing = agentOf('sharing', async (_, ctx) => {
      await ctx.spend('USD', '4')
      spent.open()
      await seen.promise
      await ctx.spend('USD', '2')
      return [ctx.budget().USD, await told(ctx.tool('t', null, () => 'ran'))]
    })
    const { value } = await funded(
      ['USD:5'],
      async (ctx) => {
        const child = await ctx.delegate('sharing', null, { lease: { 'tool.call': ['t'] } })
        await spent.promise
        const during = ctx.budget().USD
        seen.open()
        return [during, await child.result(), ctx.budget().USD]
      },
      [sharing],
    )
    expect(value).toEqual([
      lines('5', '4', '0', '1'),
      [
        { spent: '6', reserved: '0', remaining: '-1' },
        { code: 'BUDGET_EXHAUSTED', details: { namespace: 'tool.call', target: 't', currency: 'USD' } },
      ],
      lines('5', '6', '0', '-1'),
    ])
  })

  it('may be of a currency that nobody above limits', async () => {
    const { value } = await funded(['USD:5'], async (ctx) => {
      const charges = [['EUR', '3']]
      const limited = await ctx.delegate('spender', charges, { lease: { 'cost.budget': ['EUR:2'] } })
      const line = await limited.result()
      await (await ctx.delegate('spender', [['EUR', '1']])).result()
      return [line, ctx.budget().EUR]
    })
    expect(value).toMatchObject([{ EUR: lines('2', '3', '0', '-1') }, { spent: '4', reserved: '0' }])
  })

  it('is exact over three levels, whoever overspends, is cancelled or returns something', async () => {
    const held = gate()
    const worker = agentOf('worker', async (input, ctx) => {
      await ctx.spend('USD', String(input))
      if (input === '0.4') await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
      return ctx.budget().USD
    })
    const boss = agentOf('boss', async (_, ctx) => {
      const slice = (amount: string) => ({ lease: { 'cost.budget': [`USD:${amount}`] } })
      const [over, cancelled, sharing] = [
        await ctx.delegate('worker', '1.5', slice('1')),
        await ctx.delegate('worker', '0.4', slice('1')),
        await ctx.delegate('worker', '0.1'),
      ]
      await over.result()
      await sharing.result()
      cancelled.cancel()
      await told(cancelled.result())
      await ctx.spend('USD', '0.2')
      held.open()
      return ctx.budget().USD
    })
    const { value } = await funded(
      ['USD:10'],
      async (ctx) => {
        const lease = { 'agent.delegate': ['worker'], 'cost.budget': ['USD:3'] }
        const child = await ctx.delegate('boss', null, { lease })
        const during = ctx.budget().USD
        await held.promise
        return [during, await child.result(), ctx.budget().USD]
      },
      [worker, boss],
    )
    expect(value).toEqual([
      lines('10', '0', '3', '7'),
      lines('3', '2.2', '0', '0.8'),
      lines('10', '2.2', '0', '7.8'),
    ])
  })

  it('is settled before either end is told, also where the parent’s end is the child’s', async () => {
    const spent = gate()
    const child = agentOf('child', async (_, ctx) => {
      await ctx.spend('USD', '0.5')
      spent.open()
      await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
    })
    const top = agentOf('top', async (_, ctx) => {
      await ctx.delegate('child', null, { lease: { 'cost.budget': ['USD:2'] } })
      await spent.promise
    })
    await using h = harness({ agents: [top, child] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'top', lease_request: leaseOf('USD:5') })
    expect((await terminalOf(peer, job_id)).type).toBe('job.completed')
    const remaining = (id: string | undefined) =>
      peer.frames.flatMap((frame) =>
        frame.job_id === id && frame.payload.name === 'cost.budget.remaining' ? [frame.payload.value] : [],
      )
    expect(remaining(job_id), 'when the child has ended, and last of all').toEqual([4.5, 4.5])
    const [childId] = childIds(peer)
    await followed(peer, childId)
    await terminalOf(peer, childId)
    expect(remaining(childId)).toEqual([1.5, 1.5])
  })
})
