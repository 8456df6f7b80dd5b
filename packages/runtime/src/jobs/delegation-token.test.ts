import { rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@arcp/protocol'
import { TestClock } from '@arcp/testkit'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { acting } from '../testing/acting'
import { agentOf } from '../testing/agents'
import { harness, outcome } from '../testing/harness'
import { tempDirectory } from '../testing/temp-directory'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

const bearer = (token: string) => ({ auth: { scheme: 'bearer', token } })
const all = { 'agent.delegate': ['**'] }
const leasing = (lease: object, more: object = {}) => ({ lease_request: { ...all, ...lease }, ...more })

type Options = Parameters<AgentContext['createDelegationToken']>[1]

/** What came of making a token: what it says, or the error. */
async function made(
  ctx: AgentContext,
  scopes: readonly string[] = ['agent:report'],
  options?: Options,
): Promise<Record<string, unknown>> {
  const [token] = await Promise.allSettled([ctx.createDelegationToken(scopes, options)])
  return token.status === 'fulfilled' ? decodeJwt(token.value) : (token.reason as Record<string, unknown>)
}

/** A clock that stands still until it is set, and lets everything else go on. */
function standing() {
  let ms = Date.UTC(2026, 0, 1)
  const pass = (more: number) => {
    ms += more
  }
  return { ...systemClock, now: () => ms, monotonic: () => ms, pass }
}

/** Makes a token in a job of this submit, at a moment. */
async function making(options: Options, submit: object, scopes?: readonly string[]) {
  const clock = standing()
  const run = await acting((ctx) => made(ctx, scopes, options), submit, { clock })
  return { ...run, now: clock.now() / 1000 }
}

describe('a delegation token that an agent makes', () => {
  it('stands for the principal of its job, names the agent as the actor, and gives nothing by itself', async () => {
    const { value, events, now } = await making(undefined, leasing({}))
    expect(value).toEqual({
      iss: 'test-runtime',
      aud: 'test-runtime',
      sub: 'ada',
      act: { sub: 'acting' },
      iat: now,
      exp: now + 300,
      jti: expect.stringMatching(/^dt_/),
      scope: 'agent:report',
      arcp_lease: { lease: {} },
      arcp_parent_job: expect.stringMatching(/^job_/),
    })
    expect(events).toEqual([])
  })

  it.each<[string, string[], string[]]>([
    ['agents that the lease names', ['report', 'other@2.0.0'], ['agent:report@1.0.0', 'agent:other@2.0.0']],
    ['all versions of an agent', ['report'], ['agent:report', 'agent:report@1.*', 'agent:report@*']],
    ['some agents, where the lease has more', ['rep*'], ['agent:report', 'agent:rep*', 'agent:repo*@2.0.0']],
    ['all agents, where the lease has all', ['*'], ['*', 'agent:*', 'agent:*@1.0.0']],
  ])('is for %s', async (_, granted, scopes) => {
    const { value } = await making(undefined, { lease_request: { 'agent.delegate': granted } }, scopes)
    expect(value?.scope).toBe(scopes.join(' '))
  })

  it.each<[string, string[], string]>([
    ['an agent that the lease does not name', ['report'], 'agent:reporter'],
    ['all versions, where the lease has one', ['report@1.0.0'], 'agent:report'],
    ['another version', ['report@1.0.0'], 'agent:report@2.0.0'],
    ['more versions than the lease has', ['report@1.*'], 'agent:report@*'],
    ['more agents than the lease has', ['rep*'], 'agent:re*'],
    ['all agents, where the lease has some', ['a*', 'b*'], '*'],
    ['any agent, where the lease has none', [], 'agent:report'],
  ])('is not for %s', async (_, granted, scope) => {
    const submit = { lease_request: { 'agent.delegate': [...granted, 'fine'] } }
    const { value, events } = await making(undefined, submit, ['agent:fine', scope])
    const target = scope.replace('agent:', '')
    expect(value).toMatchObject({
      code: 'PERMISSION_DENIED',
      details: { namespace: 'agent.delegate', target },
    })
    // The stream learns of it, as of any operation that is denied.
    expect(events).toMatchObject([
      { type: 'job.tool_call', body: { tool: 'agent.delegate', args: { target } } },
      { type: 'job.tool_result', body: { error: { code: 'PERMISSION_DENIED' } } },
    ])
  })

  it('gives nothing where its options are null', async () => {
    const { value } = await making(null as never, leasing({ 'tool.call': ['**'] }))
    expect(value).toMatchObject({ arcp_lease: { lease: {} } })
  })

  it('has a lease within that of its job', async () => {
    await using directory = await tempDirectory()
    const own = { 'fs.read': ['docs/**'], 'tool.call': ['git.*'], 'net.fetch': ['https://example.com/**'] }
    const asked: [string, Record<string, string[]>][] = [
      ['', { 'fs.read': ['docs/a/*'], 'tool.call': ['git.log'] }],
      ['', { ...own, ...all }],
      ['fs.read', { 'fs.read': ['**'] }],
      ['fs.read', { 'fs.read': ['docs/../**'] }],
      ['fs.write', { 'fs.write': ['docs/a'] }],
      ['tool.call', { 'tool.call': ['*'] }],
      ['net.fetch', { 'net.fetch': ['https://example.org/**'] }],
      ['model.use', { 'model.use': ['m'] }],
    ]
    const { value } = await acting(
      async (ctx) => {
        const outcomes: unknown[] = []
        for (const [, lease] of asked) outcomes.push(await made(ctx, ['agent:report'], { lease }))
        return outcomes
      },
      leasing(own),
      { fsRoot: directory.path },
    )
    expect(value).toMatchObject(
      asked.map(([beyond, lease]) =>
        beyond === ''
          ? { arcp_lease: { lease } }
          : {
              code: 'LEASE_SUBSET_VIOLATION',
              details: { namespace: beyond, pattern: lease[beyond]?.[0] },
            },
      ),
    )
  })

  it('is of no more than there was when it was asked for', async () => {
    const { value } = await acting(
      async (ctx) => {
        const scopes = ['agent:report']
        const lease: Record<string, string[]> = { 'tool.call': ['git.log'] }
        const making = made(ctx, scopes, { lease })
        scopes[0] = '*'
        lease['tool.call']?.push('**')
        return making
      },
      leasing({ 'tool.call': ['git.*'], 'agent.delegate': ['report'] }),
    )
    expect(value).toMatchObject({
      scope: 'agent:report',
      arcp_lease: { lease: { 'tool.call': ['git.log'] } },
    })
  })

  it('ends with the lease of its job at the latest, and so does its own', async () => {
    const clock = standing()
    const start = clock.now()
    const at = (s: number) => new Date(start + s * 1000)
    const ends = { lease_constraints: { expires_at: at(100).toISOString() } }
    const { value } = await acting(
      async (ctx) => {
        const make = (options?: Options) => made(ctx, ['agent:report'], options)
        const outcomes = [
          await make(),
          await make({ expiresInS: 100 }),
          await make({ expiresInS: 100.001 }),
          await make({ expiresInS: 60.5, leaseExpiresAt: at(70) }),
          await make({ leaseExpiresAt: at(100).toISOString() }),
          await make({ leaseExpiresAt: at(100.001) }),
          await make({ leaseExpiresAt: at(100.001).toISOString() }),
        ]
        clock.pass(99_500)
        outcomes.push(await make())
        return outcomes
      },
      leasing({}, ends),
      { clock },
    )
    const lasting = (exp: number, until: number) => ({
      exp: start / 1000 + exp,
      arcp_lease: { lease: {}, lease_constraints: { expires_at: at(until).toISOString() } },
    })
    const beyond = { code: 'LEASE_SUBSET_VIOLATION', details: { expires_at: at(100).toISOString() } }
    expect(value).toMatchObject([
      lasting(100, 100),
      lasting(100, 100),
      beyond,
      lasting(61, 70),
      lasting(100, 100),
      beyond,
      beyond,
      lasting(100, 100),
    ])
  })

  it('is refused once the lease of its job has ended', async () => {
    const clock = new TestClock()
    let late: Promise<Record<string, unknown>> | undefined
    const agent = agentOf('late', (_, ctx) => {
      ctx.signal.addEventListener('abort', () => {
        late = made(ctx)
      })
      return new Promise(() => {})
    })
    await using h = harness({ agents: [agent], clock })
    const peer = await h.connect()
    const ended = outcome(peer, { agent: 'late', ...leasing({}), lease_constraints: { expires_in_s: 5 } })
    await clock.settle()
    await clock.elapse(7_000)
    expect((await ended).payload).toMatchObject({ error: { code: 'LEASE_EXPIRED' } })
    expect(await late).toMatchObject({ code: 'LEASE_EXPIRED' })
  })

  it('is refused once its job has ended', async () => {
    let context: AgentContext | undefined
    const agent = agentOf('late', (_, ctx) => {
      context = ctx
    })
    await using h = harness({ agents: [agent] })
    await outcome(await h.connect(), { agent: 'late', ...leasing({}) })
    expect(await made(context as AgentContext)).toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  it.each<[string, Options & object, string]>([
    ['no time', { expiresInS: 0 }, 'expiresInS'],
    ['less than no time', { expiresInS: -1 }, 'expiresInS'],
    ['a time that is none', { expiresInS: '60' as never }, 'expiresInS'],
    ['an empty audience', { audience: '' }, 'aud'],
    ['an end of its lease that is none', { leaseExpiresAt: 'tomorrow' }, 'expires_at'],
    ['an end of its lease that has passed', { leaseExpiresAt: new Date(0) }, 'expires_at'],
    ['an end of its lease not in UTC', { leaseExpiresAt: '2026-06-01T00:00:00+02:00' }, 'expires_at'],
    ['an end of its lease that is no date', { leaseExpiresAt: new Date(Number.NaN) }, 'leaseExpiresAt'],
    ['an end of its lease that is a number', { leaseExpiresAt: 4e12 as never }, 'expires_at'],
    ['a lease that is none', { lease: 'all' as never }, 'lease'],
    ['a namespace there is not', { lease: { nonsense: [] } }, 'lease'],
    ['a budget that is none', { lease: { 'cost.budget': ['USD'] } }, 'cost.budget'],
    ['half a hop', { maxHops: 1.5 }, 'arcp_max_hops'],
    ['no hop', { maxHops: 0 }, 'maxHops'],
    ['more than a token holds', { lease: { 'tool.call': Array(100).fill('a'.repeat(100)) } }, '8192'],
  ])('is refused with %s', async (_, options, message) => {
    const { value, events } = await making(options, leasing({ 'tool.call': ['**'] }))
    expect(value).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining(message) })
    expect(events).toEqual([])
  })

  it.each<[string, unknown]>([
    ['none', []],
    ['none at all', undefined],
    ['a text', 'agent:report'],
    ['no text', [7]],
    ['a kind there is not', ['fs.read:/']],
    ['an empty one', ['']],
    ['too many', Array(101).fill('agent:report')],
  ])('is refused for scopes that are %s', async (_, scopes) => {
    const { value } = await acting((ctx) => made(ctx, scopes as string[]), leasing({}))
    expect(value).toMatchObject(
      scopes === undefined ? { scope: 'agent:report' } : { code: 'INVALID_REQUEST' },
    )
  })
})

describe('the budget that a token of an agent has', () => {
  it('is charged to its job at once, and told', async () => {
    const lease = { 'cost.budget': ['USD:2', 'EUR:0.5', 'USD:1'] }
    const { value, events } = await acting(
      async (ctx) => [await made(ctx, ['*'], { lease }), ctx.budget()],
      leasing({ 'cost.budget': ['USD:10', 'EUR:0.5'] }),
    )
    expect(value).toMatchObject([
      { arcp_lease: { lease } },
      {
        USD: { spent: '3', reserved: '0', remaining: '7' },
        EUR: { spent: '0.5', reserved: '0', remaining: '0' },
      },
    ])
    expect(events.map(({ body }) => [body.name, body.value, body.unit])).toEqual([
      ['cost.delegated', 3, 'USD'],
      ['cost.budget.remaining', 7, 'USD'],
      ['cost.delegated', 0.5, 'EUR'],
      ['cost.budget.remaining', 0, 'EUR'],
      ['cost.budget.remaining', 7, 'USD'],
      ['cost.budget.remaining', 0, 'EUR'],
    ])
  })

  it('is nothing of a currency that limits its job, and that it does not name', async () => {
    const { value } = await acting(
      async (ctx) => {
        await ctx.spend('JPY', 5)
        return [await made(ctx), await made(ctx, ['*'], { lease: { 'cost.budget': ['EUR:1'] } })]
      },
      leasing({ 'cost.budget': ['USD:10', 'EUR:10'] }),
    )
    expect(value).toMatchObject([
      { arcp_lease: { lease: { 'cost.budget': ['USD:0', 'EUR:0'] } } },
      { arcp_lease: { lease: { 'cost.budget': ['EUR:1', 'USD:0'] } } },
    ])
  })

  it('is no more than its job has left, all of it or nothing', async () => {
    const { value, events } = await acting(
      async (ctx) => {
        await ctx.spend('USD', 3)
        const give = (...amounts: string[]) => made(ctx, ['*'], { lease: { 'cost.budget': amounts } })
        return [
          await give('EUR:1', 'USD:7.000001'),
          await give('EUR:1', 'USD:10.000001'),
          ctx.budget(),
          await give('EUR:1', 'USD:7'),
          // There is nothing left to pay for whatever else.
          await give('EUR:1'),
        ]
      },
      leasing({ 'cost.budget': ['USD:10', 'EUR:5'] }),
    )
    const beyond = (pattern: string, more: object = {}) => ({
      code: 'LEASE_SUBSET_VIOLATION',
      details: { namespace: 'cost.budget', pattern, ...more },
    })
    expect(value).toMatchObject([
      beyond('USD:7.000001', { remaining: '7' }),
      beyond('USD:10.000001'),
      { USD: { spent: '3', reserved: '0' }, EUR: { spent: '0', reserved: '0' } },
      { arcp_lease: { lease: { 'cost.budget': ['EUR:1', 'USD:7'] } } },
      { code: 'BUDGET_EXHAUSTED' },
    ])
    expect(events.filter(({ body }) => body.name === 'cost.delegated')).toHaveLength(2)
  })

  it('is not charged where there comes no token of it', async () => {
    const { value } = await acting(
      async (ctx) => {
        const lease = { 'cost.budget': ['USD:5'], 'tool.call': Array(100).fill('a'.repeat(100)) }
        return [await made(ctx, ['*'], { lease }), ctx.budget()]
      },
      leasing({ 'cost.budget': ['USD:10'], 'tool.call': ['**'] }),
    )
    expect(value).toMatchObject([{ code: 'INVALID_REQUEST' }, { USD: { spent: '0', reserved: '0' } }])
  })

  it('is together no more than its job has, however many tokens are made at a time', async () => {
    const { value } = await acting(
      async (ctx) => {
        const give = (amount: number) => made(ctx, ['*'], { lease: { 'cost.budget': [`USD:${amount}`] } })
        const outcomes = await Promise.all([4, 4, 4, 1, 2, 1].map(give))
        return [outcomes.map(({ code }) => code ?? 'made'), ctx.budget().USD]
      },
      leasing({ 'cost.budget': ['USD:10'] }),
    )
    expect(value).toEqual([
      ['made', 'made', 'LEASE_SUBSET_VIOLATION', 'made', 'LEASE_SUBSET_VIOLATION', 'made'],
      { granted: '10', spent: '10', reserved: '0', remaining: '0' },
    ])
  })
})

describe('a token that comes of another one', () => {
  /** An agent that makes a token of its options, and one that tells whom it acts for. */
  const maker = agentOf('maker', (input, ctx) => {
    const { scopes = ['*'], options } = (input ?? {}) as { scopes?: string[]; options?: Options }
    return ctx.createDelegationToken(scopes, options)
  })
  const teller = agentOf('teller', (_, { principal, delegatedBy }) => ({ principal, delegatedBy }))
  const parent = agentOf('parent', async (input, ctx) => {
    const child = await ctx.delegate('maker', input, { lease: { ...all } })
    return child.result()
  })
  const agents = [maker, teller, parent]

  it('opens a session whose chain is that of its job, with its agent at the end', async () => {
    await using h = harness({ agents })
    const first = await h.runtime.createDelegationToken('ada', ['*'], { actor: 'worker' })
    const peer = await h.connect(bearer(first))
    const second = (await outcome(peer, { agent: 'maker', ...leasing({}) })).payload.result as string
    expect(decodeJwt(second)).toMatchObject({ sub: 'ada', act: { sub: 'maker', act: { sub: 'worker' } } })
    const next = await h.connect(bearer(second))
    const told = await outcome(next, { agent: 'teller' })
    expect(told.payload.result).toEqual({ principal: 'ada', delegatedBy: ['worker', 'maker'] })
    const accepted = next.frames.find(({ type }) => type === 'job.accepted')
    expect(accepted?.payload.parent_job_id).toBe(decodeJwt(second).arcp_parent_job)
    // A lease that is not given is not there to be had.
    const id = next.request('job.submit', { agent: 'maker', lease_request: all })
    const { payload } = await next.next((frame) => frame.payload.request_id === id)
    expect(payload).toMatchObject({ code: 'LEASE_SUBSET_VIOLATION' })
  })

  it('gives of files what its job’s patterns led to when it was made, wherever links lead by now (R-AUT-3)', async () => {
    await using directory = await tempDirectory({
      'notes/a/one': '1',
      'notes/b/two': '2',
      'private/two': '3',
    })
    const { path: fsRoot } = directory
    await symlink('b', join(fsRoot, 'notes/link'))
    const reader = agentOf('reader', (path, ctx) => ctx.fs.readFile(path as string))
    await using h = harness({ fsRoot, agents: [maker, reader] })
    const lease = { 'fs.read': ['notes/a/**', 'notes/link/*', `${fsRoot}/notes/one`] }
    const submit = {
      input: { scopes: ['agent:reader'], options: { lease } },
      ...leasing({ 'fs.read': ['notes/**'] }),
    }
    const made = await outcome(await h.connect(), { agent: 'maker', ...submit })
    const token = made.payload.result as string
    expect(decodeJwt(token).arcp_lease).toEqual({
      lease: { 'fs.read': ['notes/a/**', 'notes/b/*', 'notes/one'] },
      links: false,
    })
    await rename(join(fsRoot, 'notes/a'), join(fsRoot, 'notes/c'))
    await symlink('../private', join(fsRoot, 'notes/a'))
    const peer = await h.connect(bearer(token))
    const read = (input: string, pattern: string) =>
      outcome(peer, { agent: 'reader', input, lease_request: { 'fs.read': [pattern] } })
    expect((await read('notes/b/two', 'notes/link/two')).payload.result).toBe('2')
    for (const pattern of ['private/**', 'notes/a/**', 'notes/c/**']) {
      const id = peer.request('job.submit', { agent: 'reader', lease_request: { 'fs.read': [pattern] } })
      const { payload } = await peer.next((frame) => frame.payload.request_id === id)
      expect(payload).toMatchObject({ code: 'LEASE_SUBSET_VIOLATION', details: { pattern } })
    }
  })

  it('leaves links in patterns for files to another runtime that it is for', async () => {
    await using directory = await tempDirectory({ 'notes/b/two': '2' })
    const { path: fsRoot } = directory
    await symlink('b', join(fsRoot, 'notes/link'))
    const options = { audience: 'elsewhere', lease: { 'fs.read': ['notes/link/*'] } }
    await using h = harness({ fsRoot, agents: [maker] })
    const submit = { input: { options }, ...leasing({ 'fs.read': ['notes/**'] }) }
    const { payload } = await outcome(await h.connect(), { agent: 'maker', ...submit })
    expect(decodeJwt(payload.result as string).arcp_lease).toEqual({ lease: { 'fs.read': ['notes/link/*'] } })
  })

  it('has as many actors as the first one allows, and no more, children included', async () => {
    await using h = harness({ agents })
    const first = await h.runtime.createDelegationToken('ada', ['*'], { maxHops: 2 })
    const peer = await h.connect(bearer(first))
    const asked = { options: { lease: all } }
    for (const agent of ['maker', 'parent']) {
      const token = (await outcome(peer, { agent, input: asked, ...leasing({}) })).payload.result as string
      expect(decodeJwt(token).arcp_max_hops).toBe(2)
      const next = await h.connect(bearer(token))
      expect((await outcome(next, { agent, ...leasing({}) })).payload).toMatchObject({
        error: { code: 'PERMISSION_DENIED', details: { actors: 3, max_hops: 2 } },
      })
    }
    for (const [maxHops, code] of [
      [3, 'LEASE_SUBSET_VIOLATION'],
      [1, 'INVALID_REQUEST'],
    ]) {
      const { payload } = await outcome(peer, {
        agent: 'maker',
        input: { options: { maxHops } },
        ...leasing({}),
      })
      expect(payload).toMatchObject({ error: { code } })
    }
  })

  it('has no more actors than the runtime takes', async () => {
    await using h = harness({ agents, limits: { delegationHops: 2 } })
    let token = await h.runtime.createDelegationToken('ada', ['*'])
    const asked = { agent: 'maker', input: { options: { lease: all } }, ...leasing({}) }
    token = (await outcome(await h.connect(bearer(token)), asked)).payload.result as string
    const { payload } = await outcome(await h.connect(bearer(token)), asked)
    expect(payload).toMatchObject({
      error: { code: 'PERMISSION_DENIED', details: { actors: 3, max_hops: 2 } },
    })
  })

  it('does not outlast the first one, children included', async () => {
    const clock = standing()
    await using h = harness({ agents, clock })
    const end = clock.now() / 1000 + 60
    const first = await h.runtime.createDelegationToken('ada', ['*'], { expiresInS: 60 })
    const peer = await h.connect(bearer(first))
    const ask = async (agent: string, options?: Options) => {
      const { payload } = await outcome(peer, { agent, input: { options }, ...leasing({}) })
      return payload.result === undefined ? payload.error : decodeJwt(payload.result as string)
    }
    const beyond = {
      code: 'LEASE_SUBSET_VIOLATION',
      details: { expires_at: new Date(end * 1000).toISOString() },
    }
    for (const agent of ['maker', 'parent']) {
      expect(await ask(agent)).toMatchObject({ exp: end })
      expect(await ask(agent, { expiresInS: 60 })).toMatchObject({ exp: end })
      expect(await ask(agent, { expiresInS: 61 })).toMatchObject(beyond)
    }
    // Clocks may be a little apart, and still nothing is prolonged.
    clock.pass(60_000)
    expect(await ask('maker')).toMatchObject({ code: 'LEASE_EXPIRED' })
  })

  it('spends what its job gave it of what the first one has', async () => {
    const spender = agentOf('spender', async (input, ctx) => {
      await ctx.spend('USD', input as string)
      return ctx.budget().USD
    })
    await using h = harness({ agents: [...agents, spender] })
    const lease = { ...all, 'cost.budget': ['USD:10'] }
    const first = await h.connect(bearer(await h.runtime.createDelegationToken('ada', ['*'], { lease })))
    const giving = { options: { lease: { 'cost.budget': ['USD:4'] } } }
    const token = (await outcome(first, { agent: 'maker', input: giving, ...leasing({}) })).payload
      .result as string
    const second = await h.connect(bearer(token))
    const tell = async (peer: typeof first, amount: string) =>
      (await outcome(peer, { agent: 'spender', input: amount })).payload.result
    expect(await tell(second, '1.5')).toEqual({ spent: '1.5', reserved: '0', remaining: '2.5' })
    expect(await tell(first, '0.5')).toEqual({ spent: '0.5', reserved: '0', remaining: '5.5' })
  })
})
