import type { Observation } from '@arcp/protocol/observe'
import { describe, expect, it } from 'vitest'
import { acting } from '../testing/acting'
import { agentOf } from '../testing/agents'
import { harness, outcome } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'

expectNoUnhandled()

const lease_request = { 'tool.call': ['t'], 'cost.budget': ['USD:1'] }
const metric = (name: string, value: number) => ({ type: 'job.metric', body: { name, value, unit: 'USD' } })

describe('the budget of a job', () => {
  it('is charged by what its agent spends, and by no metric of its own (R-AUT-9)', async () => {
    const { value, events } = await acting(
      async (ctx) => {
        await ctx.metric({ name: 'cost.spend', value: 5, unit: 'USD' })
        await ctx.metric({ name: 'cost.budgeted', value: 0, unit: 'USD' })
        await ctx.tool('t', null, () => 'ran')
        await ctx.spend('USD', '0.01')
        return ctx.budget()
      },
      { lease_request },
    )
    expect(value).toEqual({ USD: { granted: '1', spent: '0.01', reserved: '0', remaining: '0.99' } })
    expect(events.filter(({ type }) => type === 'job.metric')).toEqual([
      metric('cost.spend', 5),
      metric('cost.budgeted', 0),
      metric('cost.spend', 0.01),
      metric('cost.budget.remaining', 0.99),
    ])
  })

  it.each(['cost.budget.remaining', 'cost.budget'])(
    'is for the runtime alone to tell of, by %s',
    async (name) => {
      const { value, events } = await acting(
        (ctx) => ctx.metric({ name, value: 5, unit: 'USD' }).catch((error: { code: string }) => error.code),
        { lease_request },
      )
      expect(value).toBe('INVALID_REQUEST')
      expect(events).toEqual([metric('cost.budget.remaining', 1)])
    },
  )

  it('that is used up denies what comes next, which its agent may bear', async () => {
    const { value, events } = await acting(
      async (ctx) => {
        await ctx.spend('USD', '1.5')
        return ctx.tool('t', null, () => 'ran').catch((error: { code: string }) => error.code)
      },
      { lease_request },
    )
    expect(value).toBe('BUDGET_EXHAUSTED')
    expect(events).toMatchObject([
      metric('cost.spend', 1.5),
      metric('cost.budget.remaining', -0.5),
      { type: 'job.tool_call', body: { tool: 't' } },
      {
        type: 'job.tool_result',
        body: { error: { code: 'BUDGET_EXHAUSTED', details: { currency: 'USD', target: 't' } } },
      },
      metric('cost.budget.remaining', -0.5),
    ])
  })

  it('counts what the job has set aside for itself as there, when it acts', async () => {
    const { value } = await acting(
      async (ctx) => {
        const reserved = ctx.reserve('USD', 1)
        const ran = await ctx.tool('t', null, () => 'ran')
        await reserved.settle('0.75')
        return [ran, ctx.budget().USD?.remaining]
      },
      { lease_request },
    )
    expect(value).toEqual(['ran', '0.25'])
  })

  it('of nothing denies everything', async () => {
    const { value } = await acting(
      (ctx) => ctx.tool('t', null, () => 'ran').catch((error: { code: string }) => error.code),
      { lease_request: { ...lease_request, 'cost.budget': ['USD:0'] } },
    )
    expect(value).toBe('BUDGET_EXHAUSTED')
  })

  it('is told of last, also where the job fails', async () => {
    const failing = agentOf('failing', async (_, ctx) => {
      await ctx.spend('USD', '0.001')
      throw new Error('a secret')
    })
    await using h = harness({ agents: [failing] })
    const peer = await h.connect()
    const { payload } = await outcome(peer, { agent: 'failing', lease_request })
    expect(payload).toMatchObject({ seq: 5, error: { code: 'INTERNAL_ERROR' } })
    const metrics = peer.frames.filter(({ type }) => type === 'job.metric')
    expect(metrics.map((frame) => [frame.payload.seq, frame.payload.name, frame.payload.value])).toEqual([
      [3, 'cost.spend', 0.001],
      [4, 'cost.budget.remaining', 0.999],
    ])
  })
})

it('each decision is told to observers, with who asked, for which job, and why not', async () => {
  const seen: Observation[] = []
  await acting(
    async (ctx) => {
      const call = () => ctx.tool('t', null, () => 'ran').catch(() => {})
      await call()
      await ctx.tool('u', null, () => 'ran').catch(() => {})
      await ctx.spend('USD', 1)
      await call()
    },
    { lease_request },
    { observe: { observe: (observation) => void seen.push(observation) } },
  )
  const job = { agent: 'acting@1.0.0', scope: { principal: 'ada', chain: [] } }
  expect(seen.filter(({ type }) => type.startsWith('operation.'))).toMatchObject([
    { type: 'operation.allowed', job, namespace: 'tool.call', target: 't' },
    { type: 'operation.denied', job, namespace: 'tool.call', target: 'u', code: 'PERMISSION_DENIED' },
    { type: 'operation.denied', job, namespace: 'tool.call', target: 't', code: 'BUDGET_EXHAUSTED' },
  ])
})
