import { AsyncLocalStorage } from 'node:async_hooks'
import { rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { agent, type Lease } from '@arcp/protocol'
import type { Observation } from '@arcp/protocol/observe'
import { TestClock } from '@arcp/testkit'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { acting } from '../testing/acting'
import { agentOf, echo } from '../testing/agents'
import { drive, harness, submitted, terminalOf } from '../testing/harness'
import { told } from '../testing/parent'
import { tempDirectory } from '../testing/temp-directory'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'
import type { DelegateOptions } from './delegate'

expectNoUnhandled()

const lease_request = { 'agent.delegate': ['echo', 'sum', 'probe', 'none'] }
const sum = implement(
  agent({
    name: 'sum',
    version: '2.0.0',
    input: v.object({ a: v.number(), b: v.optional(v.number(), 1) }),
    output: v.number(),
  }),
  ({ a, b }) => a + b,
)

/** What comes of one delegation to `echo` under a lease. */
async function delegated(lease: Lease, options?: DelegateOptions, name = 'echo') {
  const { value, events } = await acting(
    (ctx) => told(ctx.delegate(name, 1, options).then((child) => child.result())),
    { lease_request: lease },
    { agents: [echo] },
  )
  return { value, events }
}

describe('delegating', () => {
  it('makes a job whose result the agent gets, and tells of it', async () => {
    const { value, events } = await acting(
      async (ctx) => {
        const child = await ctx.delegate('echo', { x: [1] })
        return { id: child.id, agent: child.agent, result: await child.result(), state: child.state }
      },
      { lease_request },
      { agents: [echo] },
    )
    expect(value).toEqual({
      id: expect.stringMatching(/^job_/),
      agent: 'echo@1.0.0',
      result: { x: [1] },
      state: 'completed',
    })
    expect(events).toEqual([
      {
        type: 'job.delegate',
        body: { child_job_id: (value as { id: string }).id, agent: 'echo@1.0.0', input: { x: [1] } },
      },
    ])
  })

  it('by a contract checks the input by its schema, and is typed by it', async () => {
    const { value } = await acting(
      async (ctx) => {
        const child = await ctx.delegate(sum.contract, { a: 2 })
        const result: number = await child.result()
        return [result, await told(ctx.delegate('sum', { a: 'two' }))]
      },
      { lease_request },
      { agents: [sum] },
    )
    expect(value).toMatchObject([3, { code: 'INVALID_REQUEST', details: { issues: [{ path: 'input.a' }] } }])
  })

  it('gives the child the parent’s principal and trace, x-* of its own, and a copy of its input', async () => {
    const seen: AgentContext[] = []
    const probe = agentOf('probe', (input, ctx) => {
      seen.push(ctx)
      ;(input as { list: number[] }).list.push(2)
    })
    const input = { list: [1] }
    await acting(
      async (ctx) => {
        seen.push(ctx)
        const child = await ctx.delegate('probe', input, { extensions: { 'x-acme-run': 7 } })
        await child.result()
      },
      { lease_request, 'x-acme-outer': 1 },
      { agents: [probe] },
    )
    const [parent, child] = seen as [AgentContext, AgentContext]
    expect(child).toMatchObject({
      principal: 'ada',
      delegatedBy: [],
      traceId: parent.traceId,
      lease: {},
      extensions: { 'x-acme-run': 7 },
    })
    expect(input).toEqual({ list: [1] })
  })

  it('runs within what observers put around it, and has the child accepted there', async () => {
    const inside = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const observe = (observation: Observation) => {
      if (observation.type !== 'job.accepted') return
      const { agent, parentJobId, jobId, traceId } = observation.job
      seen.push({ agent, parentJobId, jobId, traceId, inside: inside.getStore() })
    }
    await acting(
      async (ctx) => {
        const child = await ctx.delegate('echo', 1)
        await child.result()
      },
      { lease_request },
      {
        agents: [echo],
        observe: {
          observe,
          around: (_, run, operation) =>
            operation?.kind === 'delegate' ? inside.run(`delegate ${operation.agent}`, run) : run(),
        },
      },
    )
    const [parent, child] = seen as { jobId: string; traceId: string }[]
    expect(parent).toMatchObject({ agent: 'acting@1.0.0', parentJobId: undefined, inside: undefined })
    expect(child).toMatchObject({
      agent: 'echo@1.0.0',
      parentJobId: parent?.jobId,
      traceId: parent?.traceId,
      inside: 'delegate echo@1.0.0',
    })
  })

  it.each([
    ['a bare name', 'echo'],
    ['a version', 'echo@1.0.0'],
    ['versions', 'echo@1.*'],
    ['everything', '**'],
  ])('is allowed by a grant of %s', async (_, pattern) => {
    expect((await delegated({ 'agent.delegate': [pattern] })).value).toBe(1)
  })

  it.each([
    ['no grant', {}],
    ['another agent', { 'agent.delegate': ['echo2', 'ech'] }],
    ['another version', { 'agent.delegate': ['echo@2.*'] }],
  ])('is denied by %s, which the stream is told', async (_, lease) => {
    const { value, events } = await delegated(lease)
    const details = { namespace: 'agent.delegate', target: 'echo@1.0.0' }
    expect(value).toEqual({ code: 'PERMISSION_DENIED', details })
    expect(events).toMatchObject([
      { type: 'job.tool_call', body: { tool: 'agent.delegate', args: { target: 'echo@1.0.0' } } },
      { type: 'job.tool_result', body: { error: { code: 'PERMISSION_DENIED', details } } },
    ])
  })

  it('is told to observers, allowed or denied, before it is looked whether there is such an agent', async () => {
    const seen: unknown[] = []
    const observe = (observation: Observation) => {
      if (observation.type === 'operation.allowed' || observation.type === 'operation.denied') {
        const { type, namespace, target, job } = observation
        seen.push([type, namespace, target, job.agent])
      }
    }
    const { value } = await acting(
      async (ctx) => [
        await told(ctx.delegate('none', 1)),
        await told(ctx.delegate('sum@9.9.9', 1)),
        await told(ctx.delegate('other', 1)),
      ],
      { lease_request },
      { agents: [sum], observe: { observe } },
    )
    expect(value).toMatchObject([
      { code: 'AGENT_NOT_AVAILABLE' },
      { code: 'AGENT_VERSION_NOT_AVAILABLE' },
      { code: 'PERMISSION_DENIED' },
    ])
    expect(seen).toEqual([
      ['operation.allowed', 'agent.delegate', 'none', 'acting@1.0.0'],
      ['operation.allowed', 'agent.delegate', 'sum@9.9.9', 'acting@1.0.0'],
      ['operation.denied', 'agent.delegate', 'other', 'acting@1.0.0'],
    ])
  })

  it('is refused for what is spent before what is not granted', async () => {
    const { value } = await acting(
      async (ctx) => {
        await ctx.spend('USD', 1)
        return told(ctx.delegate('other', 1))
      },
      { lease_request: { 'cost.budget': ['USD:1'] } },
    )
    expect(value).toMatchObject({ code: 'BUDGET_EXHAUSTED', details: { currency: 'USD' } })
  })

  it.each([
    ['is no JSON', 1n, {}],
    ['does not fit into a frame', 'x'.repeat(5_000), {}],
    ['comes with a lease that is none', 1, { lease: { 'no.such': [] } }],
    ['comes with an end that is none', 1, { expiresAt: 'tomorrow' }],
    ['comes with an end that has passed', 1, { expiresAt: new Date(0) }],
    ['comes with an end that is no date', 1, { expiresAt: new Date(Number.NaN) }],
    ['comes with a time that is none', 1, { maxRuntimeSec: -1 }],
    ['comes with a time beyond measure', 1, { expiresInS: Number.POSITIVE_INFINITY }],
    ['comes with extensions that are none', 1, { extensions: { y: 1 } as never }],
  ])('of an input that %s is INVALID_REQUEST, and makes no child', async (_, input, options) => {
    const { value, events } = await acting(
      (ctx) => told(ctx.delegate('echo', input, options as DelegateOptions)),
      { lease_request },
      { agents: [echo], limits: { maxFrameBytes: 4_096 } },
    )
    expect(value).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(events).toEqual([])
  })

  it('refuses an option there is none of, by its name', async () => {
    const options: object = { expiresIn: 5 }
    const { value, events } = await acting(
      (ctx) => ctx.delegate('echo', 1, options).then(() => 'delegated', String),
      { lease_request },
      { agents: [echo] },
    )
    expect(value).toBe('TypeError: there is no option expiresIn')
    expect(events).toEqual([])
  })

  it.each([null, { lease: null, expiresAt: null, extensions: null }])(
    'takes %j for no options',
    async (options) => {
      const { value } = await acting(
        async (ctx) => (await ctx.delegate('echo', 1, options as never)).result(),
        { lease_request },
        { agents: [echo] },
      )
      expect(value).toBe(1)
    },
  )

  it.each([undefined, null, 5, {}])('to %s is refused', async (name) => {
    const { value } = await acting((ctx) => told(ctx.delegate(name as never as string, 1)), {
      lease_request: { 'agent.delegate': ['**'] },
    })
    expect(value).toMatchObject({ code: 'INVALID_REQUEST' })
  })
})

describe('the lease of a child', () => {
  const parent = {
    'agent.delegate': ['echo'],
    'tool.call': ['git.*'],
    'net.fetch': ['https://*.example.com/**'],
  }

  it.each<[string, Lease]>([
    ['all of it', parent],
    ['a part of it', { 'tool.call': ['git.log', 'git.s*'] }],
    ['nothing', {}],
  ])('is within its parent’s: %s', async (_, lease) => {
    expect((await delegated(parent, { lease })).value).toBe(1)
  })

  it.each<[string, string]>([
    ['tool.call', 'git**'],
    ['tool.call', '*'],
    ['net.fetch', 'https://*.com/**'],
    ['net.fetch', 'http://a.example.com/'],
    ['agent.delegate', '*'],
    ['agent.delegate', 'echo*'],
    ['model.use', 'small'],
    ['fs.read', '/a'],
    ['x-acme.db', 'a'],
  ])('is refused beyond it: %s of %s (R-AUT-1)', async (namespace, pattern) => {
    const asked = { 'tool.call': ['git.log'] }
    const lease = { ...asked, [namespace]: [pattern] }
    const seen: unknown[] = []
    const observe = (observation: Observation) => {
      if (observation.type === 'operation.denied') seen.push([observation.target, observation.code])
    }
    const { value, events } = await acting(
      (ctx) => told(ctx.delegate('echo', 1, { lease })),
      { lease_request: parent },
      { agents: [echo], ceiling: () => everything, observe: { observe } },
    )
    expect(value).toEqual({ code: 'LEASE_SUBSET_VIOLATION', details: { namespace, pattern } })
    expect(events).toEqual([])
    expect(seen).toEqual([['echo@1.0.0', 'LEASE_SUBSET_VIOLATION']])
  })

  it('is refused beyond the runtime’s ceiling for its agent, too', async () => {
    const ceiling = (_: unknown, name: string) => (name === 'echo@1.0.0' ? {} : everything)
    const { value } = await acting(
      (ctx) => told(ctx.delegate('echo', 1, { lease: { 'tool.call': ['git.log'] } })),
      { lease_request: parent },
      { agents: [echo], ceiling },
    )
    expect(value).toEqual({
      code: 'PERMISSION_DENIED',
      details: { namespace: 'tool.call', pattern: 'git.log' },
    })
  })

  it('is what its agent is told, and bound by', async () => {
    const probe = agentOf('probe', async (_, ctx) => {
      const call = (name: string) => told(ctx.tool(name, null, () => 'ran'))
      return [ctx.lease, await call('git.log'), await call('git.push')]
    })
    const { value } = await acting(
      async (ctx) => (await ctx.delegate('probe', 1, { lease: { 'tool.call': ['git.log'] } })).result(),
      { lease_request: { 'agent.delegate': ['probe'], 'tool.call': ['git.*'] } },
      { agents: [probe] },
    )
    expect(value).toMatchObject([{ 'tool.call': ['git.log'] }, 'ran', { code: 'PERMISSION_DENIED' }])
  })

  it('for files is what its parent’s stood for when that was granted, wherever links lead by now (R-AUT-3)', async () => {
    await using directory = await tempDirectory({ 'mine/a/one': '1', 'other/a/one': '1' })
    const { path: fsRoot } = directory
    const asked = (pattern: string): DelegateOptions => ({ lease: { 'fs.read': [pattern] } })
    const { value } = await acting(
      async (ctx) => {
        const before = await told(ctx.delegate('echo', 1, asked('mine/a/**')).then((child) => child.result()))
        await rename(join(fsRoot, 'mine'), join(fsRoot, 'was'))
        await symlink('other', join(fsRoot, 'mine'))
        return [before, await told(ctx.delegate('echo', 1, asked('mine/a/**')))]
      },
      { lease_request: { 'agent.delegate': ['echo'], 'fs.read': ['mine/**'] } },
      { agents: [echo], fsRoot },
    )
    const details = { namespace: 'fs.read', pattern: 'mine/a/**' }
    expect(value).toEqual([1, { code: 'LEASE_SUBSET_VIOLATION', details }])
  })

  it('is told its parent in copies: whoever changes them changes nothing', async () => {
    const { value } = await acting(
      async (ctx) => {
        const child = await ctx.delegate('echo', 1, { lease: { 'cost.budget': ['USD:1'] }, expiresInS: 60 })
        const told = () => structuredClone([child.lease, child.leaseConstraints, child.budget])
        const before = told()
        child.lease['cost.budget']?.push('EUR:1')
        Object.assign(child.leaseConstraints ?? {}, { expires_in_s: 9 })
        Object.assign(child.budget ?? {}, { USD: '9' })
        return [before, told()]
      },
      { lease_request: { 'agent.delegate': ['echo'] } },
      { agents: [echo] },
    )
    const [before, after] = value ?? []
    expect(before).toMatchObject([{ 'cost.budget': ['USD:1'] }, { expires_in_s: 60 }, { USD: '1' }])
    expect(after).toEqual(before)
  })

  it('of a child is the bound of what that hands on', async () => {
    const probe = agentOf('probe', async (_, ctx) => {
      const lease = { 'tool.call': ['git.log'] }
      return told(ctx.delegate('echo', 1, { lease }))
    })
    const { value } = await acting(
      async (ctx) =>
        (
          await ctx.delegate('probe', 1, { lease: { 'agent.delegate': ['echo'], 'tool.call': ['git.s*'] } })
        ).result(),
      { lease_request: { 'agent.delegate': ['probe', 'echo'], 'tool.call': ['git.*'] } },
      { agents: [probe, echo] },
    )
    expect(value).toMatchObject({ code: 'LEASE_SUBSET_VIOLATION', details: { pattern: 'git.log' } })
  })
})

const everything = {
  'fs.read': ['/**'],
  'net.fetch': ['**'],
  'tool.call': ['**'],
  'agent.delegate': ['**'],
  'model.use': ['**'],
  'x-acme.db': ['**'],
}

describe('the time of a child’s lease', () => {
  /** When the lease of a job's child ends, or why there is none, at a time that does not pass. */
  async function timed(constraints: object | undefined, options: DelegateOptions) {
    const clock = new TestClock()
    const top = agentOf('top', async (_, ctx) => {
      const outcome = await told(ctx.delegate('echo', 1, options))
      const { leaseConstraints } = outcome as { leaseConstraints?: unknown }
      return 'id' in (outcome as object) ? (leaseConstraints ?? null) : outcome
    })
    await using h = harness({ clock, agents: [top, echo] })
    const peer = await drive(clock, h.connect())
    const accepted = await drive(
      clock,
      submitted(peer, {
        agent: 'top',
        lease_request,
        ...(constraints && { lease_constraints: constraints }),
      }),
    )
    const { payload } = await drive(clock, terminalOf(peer, accepted.job_id))
    return { result: payload.result, parent: accepted.payload.lease_constraints }
  }

  it('is its parent’s where none is asked for', async () => {
    const { result, parent } = await timed({ expires_in_s: 60 }, {})
    expect(result).toEqual(parent)
    expect(result).toMatchObject({ expires_in_s: 60 })
    expect((await timed(undefined, {})).result).toBeNull()
  })

  it('is as short as is asked for', async () => {
    expect((await timed({ expires_in_s: 60 }, { expiresInS: 59.5 })).result).toMatchObject({
      expires_in_s: 59.5,
    })
    expect((await timed(undefined, { expiresInS: 5 })).result).toMatchObject({ expires_in_s: 5 })
  })

  it('ends with its parent’s to the millisecond, and no later', async () => {
    const { parent } = await timed({ expires_in_s: 60 }, {})
    const { expires_at } = parent as { expires_at: string }
    expect((await timed({ expires_in_s: 60 }, { expiresAt: expires_at })).result).toEqual(parent)
    const later = new Date(Date.parse(expires_at) + 1)
    expect((await timed({ expires_in_s: 60 }, { expiresAt: later })).result).toEqual({
      code: 'LEASE_SUBSET_VIOLATION',
      details: { expires_at },
    })
  })

  it('gains nothing by a wall clock that is set back: it is over when its parent’s is', async () => {
    const clock = new TestClock()
    const seen: AgentContext[] = []
    const probe = agentOf('probe', (_, ctx) => {
      seen.push(ctx)
      return new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
    })
    const top = agentOf('top', async (_, ctx) => {
      seen.push(ctx)
      clock.jumpWall(-3_600_000)
      const child = await ctx.delegate('probe', 1, { lease: { 'tool.call': ['t'] } })
      await told(child.result())
    })
    await using h = harness({ clock, agents: [top, probe] })
    const peer = await drive(clock, h.connect())
    const { job_id } = await drive(
      clock,
      submitted(peer, {
        agent: 'top',
        lease_request: { ...lease_request, 'tool.call': ['t'] },
        lease_constraints: { expires_in_s: 60 },
      }),
    )
    const called = (ctx: AgentContext | undefined) => told((ctx as AgentContext).tool('t', null, () => 'ran'))
    await clock.elapse(59_999)
    expect([await called(seen[0]), await called(seen[1])]).toEqual(['ran', 'ran'])
    clock.advance(1)
    expect([await called(seen[0]), await called(seen[1])]).toMatchObject([
      { code: 'LEASE_EXPIRED' },
      { code: 'LEASE_EXPIRED' },
    ])
    await drive(clock, terminalOf(peer, job_id))
  })
})
