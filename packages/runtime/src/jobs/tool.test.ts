import { InvalidRequestError } from '@arcp/protocol'
import type { Observation } from '@arcp/protocol/observe'
import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { acting } from '../testing/acting'
import { agentOf } from '../testing/agents'
import { drive, eventOf, harness, outcome, submitted } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

const denied = { code: 'PERMISSION_DENIED', retryable: false }

describe('a tool', () => {
  it('that the lease grants runs between its call and its result', async () => {
    const { value, events } = await acting(
      (ctx) => ctx.tool('search.web', { q: 'x' }, async ({ q }) => ({ found: q })),
      { lease_request: { 'tool.call': ['search.*'] } },
    )
    expect(value).toEqual({ found: 'x' })
    const call_id = events[0]?.body.call_id
    expect(call_id).toMatch(/^call_/)
    expect(events).toEqual([
      { type: 'job.tool_call', body: { call_id, tool: 'search.web', args: { q: 'x' } } },
      { type: 'job.tool_result', body: { call_id, result: { found: 'x' } } },
    ])
  })

  it('may take and return nothing', async () => {
    const { events } = await acting((ctx) => ctx.tool('t', undefined, () => undefined), {
      lease_request: { 'tool.call': ['*'] },
    })
    expect(events).toMatchObject([{ body: { args: null } }, { body: { result: null } }])
  })

  it.each([
    ['no lease', {}],
    ['a lease of nothing', { lease_request: { 'tool.call': [] } }],
    ['a lease of another tool', { lease_request: { 'tool.call': ['search', 'x/*'] } }],
  ])('is denied by default, with %s, and never called (R-AUT-4)', async (_, submit) => {
    let called = false
    const { error, events } = await acting(
      (ctx) =>
        ctx.tool('delete', { path: '/' }, () => {
          called = true
        }),
      submit,
    )
    expect(error).toMatchObject({ ...denied, details: { namespace: 'tool.call', target: 'delete' } })
    expect(called).toBe(false)
    expect(events).toMatchObject([
      { type: 'job.tool_call', body: { tool: 'delete' } },
      { type: 'job.tool_result', body: { call_id: events[0]?.body.call_id, error: denied } },
    ])
    expect(events[1]?.body).not.toHaveProperty('result')
  })

  it('that throws is told without its text, which the agent gets (R-LIF-9)', async () => {
    const { error, events } = await acting(
      (ctx) =>
        ctx.tool('t', {}, () => {
          throw new Error('secret password')
        }),
      { lease_request: { 'tool.call': ['t'] } },
    )
    expect(error).toMatchObject({ message: 'secret password' })
    expect(events[1]?.body.error).toEqual({
      code: 'INTERNAL_ERROR',
      message: 'the tool failed',
      retryable: false,
    })
  })

  it('that throws an ArcpError is told as it is', async () => {
    const { events } = await acting(
      (ctx) => ctx.tool('t', {}, () => Promise.reject(new InvalidRequestError('no such row'))),
      { lease_request: { 'tool.call': ['t'] } },
    )
    expect(events[1]?.body.error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'no such row',
      retryable: false,
    })
  })

  it('that throws what fits no frame is told in brief, and the agent gets it whole', async () => {
    const thrown = new InvalidRequestError('m'.repeat(3_000_000), { details: { d: 'd' } })
    const { error, events } = await acting((ctx) => ctx.tool('t', {}, () => Promise.reject(thrown)), {
      lease_request: { 'tool.call': ['t'] },
    })
    expect(error).toBe(thrown)
    expect(events[1]?.body.error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'm'.repeat(256),
      retryable: false,
    })
  })

  it('whose result JSON cannot write still gets its pair', async () => {
    const { error, events } = await acting((ctx) => ctx.tool('t', {}, () => 1n), {
      lease_request: { 'tool.call': ['t'] },
    })
    expect(error).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(events.map(({ type }) => type)).toEqual(['job.tool_call', 'job.tool_result'])
    expect(events[1]?.body.error).toMatchObject({ code: 'INVALID_REQUEST' })
  })

  it('whose arguments JSON cannot write is not called', async () => {
    let called = false
    const { error, events } = await acting(
      (ctx) =>
        ctx.tool('t', 1n, () => {
          called = true
        }),
      { lease_request: { 'tool.call': ['t'] } },
    )
    expect(error).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(called).toBe(false)
    expect(events).toEqual([])
  })
})

describe('what an agent does after its job has its end', () => {
  /** A job whose agent goes on, and everything that was observed. */
  async function ended(submit: object, act: (ctx: AgentContext) => unknown = () => {}, clock?: TestClock) {
    const seen: Observation[] = []
    let ctx!: AgentContext
    const leaking = agentOf('leaking', (_, context) => {
      ctx = context
      return act(context)
    })
    const observe = { observe: (one: Observation) => void seen.push(one) }
    const h = harness({ agents: [leaking], observe, ...(clock ? { clock } : {}) })
    const connecting = h.connect()
    const peer = await (clock ? drive(clock, connecting) : connecting)
    const done = outcome(peer, { agent: 'leaking', ...submit })
    await (clock ? drive(clock, done) : done)
    const at = seen.findIndex(({ type }) => type === 'job.ended')
    return {
      ctx,
      /** What was decided, and appended, from the end on. */
      later: () => ({
        decisions: seen.slice(at).flatMap((one) => ('namespace' in one ? [[one.namespace, one.code]] : [])),
        appended: seen.slice(at).filter(({ type }) => type === 'event.appended'),
      }),
      [Symbol.asyncDispose]: h[Symbol.asyncDispose].bind(h),
    }
  }

  const lease_request = { 'tool.call': ['*'], 'model.use': ['*'], 'net.fetch': ['**'], 'x-a.b': ['*'] }
  const acts: [string, (ctx: AgentContext) => Promise<unknown>][] = [
    ['tool.call', (ctx) => ctx.tool('t', {}, () => expect.unreachable())],
    ['model.use', (ctx) => ctx.model('m')],
    ['x-a.b', (ctx) => ctx.authorize('x-a.b', 'c')],
    ['net.fetch', (ctx) => ctx.fetch('https://a.example/')],
    ['net.fetch', (ctx) => ctx.fetch('file:///etc/passwd')],
    ['fs.read', (ctx) => ctx.fs.readFile('/a')],
    ['cost.budget', async (ctx) => ctx.reserve('USD', 1)],
  ]

  it.each(acts)('is denied and told to observers, and nothing is appended: %s', async (namespace, act) => {
    await using job = await ended({ lease_request })
    await expect(act(job.ctx)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: 'the job has ended, and its lease with it',
    })
    expect(job.later()).toEqual({ decisions: [[namespace, 'PERMISSION_DENIED']], appended: [] })
  })

  it.each(acts)('is LEASE_EXPIRED where the lease is over, too: %s', async (namespace, act) => {
    const clock = new TestClock()
    await using job = await ended({ lease_request, lease_constraints: { expires_in_s: 5 } }, () => {}, clock)
    clock.advance(5_000)
    await expect(act(job.ctx)).rejects.toMatchObject({ code: 'LEASE_EXPIRED' })
    expect(job.later()).toEqual({ decisions: [[namespace, 'LEASE_EXPIRED']], appended: [] })
  })

  it('is denied also where a tool was asked for before, and waited for its turn', async () => {
    let late: Promise<unknown> = Promise.resolve()
    await using job = await ended({ lease_request }, (ctx) => {
      // So much at once that the tool's own event has to wait for the next turn.
      for (let i = 0; i < 200; i++) void ctx.progress({ current: i })
      late = ctx.tool('t', {}, () => expect.unreachable())
    })
    await expect(late).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    expect(job.later()).toEqual({ decisions: [['tool.call', 'PERMISSION_DENIED']], appended: [] })
  })
})

describe('a summary', () => {
  it('stands beside the result, the last one', async () => {
    const brief = agentOf('brief', (_, ctx) => {
      ctx.summarize('first')
      ctx.summarize('last')
      return 1
    })
    await using h = harness({ agents: [brief] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'brief' })
    expect((await eventOf(peer, job_id, 'job.completed')).payload).toMatchObject({
      result: 1,
      summary: 'last',
    })
  })

  it.each([5, undefined, 's'.repeat(1_025)])(
    'is text of at most 1,024 characters: not %.20s',
    async (text) => {
      const { error } = await acting((ctx) => ctx.summarize(text as string))
      expect(error).toMatchObject({ code: 'INVALID_REQUEST' })
      expect((await acting((ctx) => ctx.summarize('s'.repeat(1_024)))).error).toBeUndefined()
    },
  )
})
