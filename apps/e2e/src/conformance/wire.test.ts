import { agent, FEATURES, LOG_LEVELS } from '@arcp/protocol'
import { type Implementation, implement } from '@arcp/runtime'
import type { RawFrame, ScriptedPeer } from '@arcp/testkit'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { handClock } from '../hand-clock'
import { links } from '../links'
import { type Stage, stage } from '../stage'

/** An agent of any input that does this. */
const does = (name: string, run: Implementation['run'], version = '1.0.0') =>
  implement(agent({ name, version }), run)

/** What comes of it, or the code it fails with. */
const codeOf = <T>(doing: Promise<T>) => doing.catch((error: { code: string }) => error.code)

const agents = [
  does('echo', (input) => input),
  does('leased', async (_, ctx) => [
    await codeOf(ctx.authorize('x-acme.db', 'orders/7').then(() => 'done')),
    await codeOf(ctx.authorize('x-acme.db', 'users/7')),
  ]),
  does('spender', async (_, ctx) => {
    const act = () => codeOf(ctx.tool('t', null, () => 'ran'))
    const first = await act()
    await ctx.spend('USD', 0.1)
    const second = await act()
    await ctx.spend('USD', '0.2', { name: 'tokens', dimensions: { model: 'm' } })
    return [first, second, await act()]
  }),
  does('older', () => 'old', '1.9.0'),
  does('older', () => 'new', '1.10.0'),
  does('logs', async (_, ctx) => {
    for (const level of LOG_LEVELS)
      await ctx.log({ level, message: `a ${level} line`, attributes: { level } })
  }),
  does('steps', async (_, ctx) => {
    await ctx.progress({ current: 0, total: 2, units: 'steps', message: 'begun' })
    await ctx.progress({ current: 0.5 })
    await ctx.progress({ current: 2, total: 2, 'x-acme-span': { deep: [null] } })
  }),
  implement(agent({ name: 'write', version: '1.0.0', output: 'text' }), async (_, ctx) => {
    const writer = ctx.resultStream().getWriter()
    for (const piece of ['Grüße, ', '\ud83d', '\ude00 and ', 'bye']) await writer.write(piece)
    ctx.summarize('three greetings')
  }),
  implement(agent({ name: 'encode', version: '1.0.0', output: 'bytes' }), async (_, ctx) => {
    await ctx
      .resultStream()
      .getWriter()
      .write(Uint8Array.of(0, 255, 128))
  }),
  implement(agent({ name: 'strict', version: '1.0.0', output: v.object({ files: v.number() }) }), () => ({
    files: 'none' as unknown as number,
  })),
  does('fail', () => {
    throw new Error('the password is swordfish')
  }),
  does('wait', (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject))),
  does('team', async (_, ctx) => {
    const codes = [
      await codeOf(ctx.delegate('spender', 1)),
      await codeOf(ctx.delegate('echo', 1, { lease: { 'tool.call': ['u'] } })),
      await codeOf(ctx.delegate('echo', 1, { lease: { 'cost.budget': ['USD:2'] } })),
    ]
    const child = await ctx.delegate('echo', 'a part', { lease: { 'tool.call': ['t'] } })
    return { codes, result: await child.result(), id: child.id }
  }),
  does('extended', (_, ctx) => ({ seen: ctx.extensions, 'x-acme-out': JSON.parse('{"__proto__":{"b":2}}') })),
]

describe.each(links)('$name', (link) => {
  let here: Stage
  let peer: ScriptedPeer
  beforeEach(async () => {
    here = await stage(link, { agents })
    peer = await here.greet()
  })
  afterEach(() => here[Symbol.asyncDispose]())

  /** Submits a job and resolves with its answer. */
  function submit(payload: object, fields?: Record<string, unknown>): Promise<RawFrame> {
    const id = peer.request('job.submit', payload, fields)
    return peer.next(({ payload: { request_id } }) => request_id === id)
  }

  /** All events of a job, once it has ended. */
  async function eventsOf(payload: object): Promise<RawFrame[]> {
    const { job_id } = await submit(payload)
    const ends = ['job.completed', 'job.failed', 'job.cancelled']
    await peer.next((frame) => frame.job_id === job_id && ends.includes(frame.type))
    return peer.frames.filter((frame) => frame.job_id === job_id && frame.event_seq !== undefined)
  }

  /** What an event says, without what every event carries. */
  function bodyOf({ payload }: RawFrame): Record<string, unknown> {
    const { seq, ts, ...body } = payload
    expect(seq).toBeTypeOf('number')
    expect(ts).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    return body
  }

  it('§4 every frame of the runtime names version 1.1, and a frame of another version is refused with what is spoken', async () => {
    await eventsOf({ agent: 'echo', input: 1 })
    expect(new Set(peer.frames.map(({ arcp }) => arcp))).toEqual(new Set(['1.1']))
    for (const arcp of ['1.0', '2.0', 1.1, null, undefined]) {
      const id = peer.request('session.ping', { nonce: 'n' }, { arcp })
      const { type, payload } = await peer.next((frame) => frame.payload.request_id === id)
      expect(type).toBe('session.error')
      expect(payload).toMatchObject({ code: 'INVALID_REQUEST', details: { supported: ['1.1'] } })
    }
    peer.request('session.ping', { nonce: 'still here' })
    expect((await peer.next('session.pong')).payload.ping_nonce).toBe('still here')
  })

  it('§5 a frame is one JSON object with id, type and payload, and each of its ids is fresh', async () => {
    await eventsOf({ agent: 'steps' })
    for (const frame of peer.frames) {
      expect(frame).toMatchObject({
        id: expect.any(String),
        type: expect.any(String),
        payload: expect.any(Object),
      })
      expect(frame.session_id).toBe(peer.sessionId)
    }
    expect(new Set(peer.frames.map(({ id }) => id)).size).toBe(peer.frames.length)
  })

  it('§5 what is no such object is told so, and harms nothing', async () => {
    for (const frame of ['not JSON', '[]', 'null', '{}', '{"id":5}']) {
      peer.send(frame)
      const { payload } = await peer.next('session.error')
      expect(payload).toMatchObject({ code: 'INVALID_REQUEST', details: { reason: 'unreadable_frame' } })
      expect(payload).not.toHaveProperty('request_id')
    }
    expect((await eventsOf({ agent: 'echo', input: 1 })).at(-1)?.type).toBe('job.completed')
  })

  it('§6.1 a bearer token that is known opens a session, any other is refused and the connection closed', async () => {
    for (const token of ['wrong', '', 'test-token ', '__proto__']) {
      const other = await here.dial()
      await expect(other.hello({ auth: { scheme: 'bearer', token } })).rejects.toThrow('UNAUTHENTICATED')
      await other.closed
    }
    const other = await here.dial()
    const welcome = await other.hello({ auth: { scheme: 'bearer', token: 'bobs' } })
    expect(welcome.type).toBe('session.welcome')
  })

  it("§6.1 a verifier of one's own is given token and peer, takes its time, and decides", async () => {
    const asked: unknown[] = []
    await using own = await stage(link, {
      agents: [does('who', (_, ctx) => ctx.principal)],
      auth: async (token, { transport }) => {
        asked.push([token, transport])
        await Promise.resolve()
        return token === 'open sesame' ? { principal: 'ali', claims: { role: 'guest' } } : undefined
      },
    })
    const refused = await own.dial()
    await expect(refused.hello({ auth: { scheme: 'bearer', token: 'shut' } })).rejects.toThrow(
      'UNAUTHENTICATED',
    )
    const taken = await own.dial()
    await taken.hello({ auth: { scheme: 'bearer', token: 'open sesame' } })
    taken.request('job.submit', { agent: 'who' })
    expect((await taken.next('job.completed')).payload.result).toBe('ali')
    const { transport } = link
    expect(asked).toEqual([
      ['shut', transport],
      ['open sesame', transport],
    ])
  })

  it('§6.2 a bare name means the highest version, and a version that is named is the one that runs', async () => {
    expect((await submit({ agent: 'older' })).payload.agent).toBe('older@1.10.0')
    expect((await submit({ agent: 'older@1.9.0' })).payload.agent).toBe('older@1.9.0')
    const missing = await submit({ agent: 'older@2.0.0' })
    expect(missing.payload).toMatchObject({ code: 'AGENT_VERSION_NOT_AVAILABLE' })
    const unknown = await submit({ agent: 'nobody' })
    expect(unknown.payload).toMatchObject({ code: 'AGENT_NOT_AVAILABLE' })
    const welcome = peer.frames.find(({ type }) => type === 'session.welcome')?.payload.capabilities
    expect(welcome).toMatchObject({
      agents: expect.arrayContaining([{ name: 'older', versions: ['1.10.0', '1.9.0'], default: '1.10.0' }]),
    })
  })

  it('§7 a job is accepted with all that is known of it, runs once, and has one end, whatever else is asked', async () => {
    const fields = { trace_id: '0af7651916cd43dd8448eb211c80319c' }
    const accepted = await submit({ agent: 'steps', lease_request: { 'tool.call': ['a.*'] } }, fields)
    expect(accepted).toMatchObject({ type: 'job.accepted', ...fields })
    const { job_id, payload } = accepted
    expect(payload).toMatchObject({
      job_id,
      agent: 'steps@1.0.0',
      lease: { 'tool.call': ['a.*'] },
      ...fields,
    })
    expect(payload).toMatchObject({ first_seq: 1, resume_token: expect.stringMatching(/^arj_/) })
    for (const refused of [{ agent: 'nobody' }, { agent: 'echo@9' }, { agent: 'Echo' }, {}]) {
      expect((await submit(refused)).type).toBe('session.error')
    }
    await peer.next((frame) => frame.job_id === job_id && frame.type === 'job.completed')
    const id = peer.request('job.cancel', { job_id })
    const late = await peer.next(({ payload: { request_id } }) => request_id === id)
    expect(late).toMatchObject({ type: 'job.cancel_accepted', payload: { status: 'completed' } })
    const told = peer.frames.filter((frame) => frame.job_id === job_id && frame.event_seq !== undefined)
    expect(told.map(({ type }) => type)).toEqual([
      'job.queued',
      'job.started',
      'job.progress',
      'job.progress',
      'job.progress',
      'job.completed',
    ])
    expect(told.every(({ trace_id }) => trace_id === fields.trace_id)).toBe(true)
  })

  it('§7.1 the same key with the same request is the same job, with another request it is refused', async () => {
    const request = { agent: 'echo', input: { a: 1, b: [2] }, idempotency_key: 'once' }
    const first = await submit(request)
    await peer.next((frame) => frame.job_id === first.job_id && frame.type === 'job.completed')
    const again = await submit({ ...request, input: { b: [2], a: 1 }, 'x-acme': 1 })
    expect(again.payload).toMatchObject({ job_id: first.job_id, resumed: true })
    await peer.next((frame) => frame.job_id === first.job_id && frame.type === 'job.completed')
    const other = await submit({ ...request, input: { a: 2, b: [2] } })
    expect(other).toMatchObject({
      type: 'session.error',
      payload: { code: 'DUPLICATE_KEY', details: { existing_job_id: first.job_id } },
    })
    const started = peer.frames.filter(({ type }) => type === 'job.started')
    expect(new Set(started.map(({ payload }) => payload.ts)).size).toBe(1)
  })

  it('§8 the events of a job are numbered from 1 without a gap, each with its moment, for whoever follows', async () => {
    const told = await eventsOf({ agent: 'logs' })
    const { job_id } = told[0] as RawFrame
    const watcher = await here.greet()
    watcher.request('job.subscribe', { job_id, after_seq: 0 })
    await watcher.next('job.completed')
    const seen = watcher.frames.filter(({ event_seq }) => event_seq !== undefined)
    for (const events of [told, seen]) {
      expect(events.map(({ payload }) => payload.seq)).toEqual(told.map((_, i) => i + 1))
      for (const event of events) bodyOf(event)
    }
    const shown = ({ type, payload: { resume_token, ...payload } }: RawFrame) => ({ type, payload })
    expect(seen.map(shown)).toEqual(told.map(shown))
  })

  it('§8.1 job.queued comes first, with agent and position', async () => {
    const [queued] = await eventsOf({ agent: 'echo', input: 1 })
    if (!queued) throw new Error('no event came')
    expect(queued).toMatchObject({ type: 'job.queued', event_seq: 1, payload: { seq: 1 } })
    expect(bodyOf(queued)).toEqual({ agent: 'echo@1.0.0', position: 0 })
  })

  it("§8.2 job.started comes second, with agent, attempt and the owner's resume token", async () => {
    const [, started] = await eventsOf({ agent: 'echo', input: 1 })
    if (!started) throw new Error('no second event came')
    expect(started).toMatchObject({ type: 'job.started', event_seq: 2, payload: { seq: 2 } })
    const accepted = peer.frames.find(({ type }) => type === 'job.accepted')
    const resume_token = accepted?.payload.resume_token
    expect(resume_token).toMatch(/^arj_/)
    expect(bodyOf(started)).toEqual({ agent: 'echo@1.0.0', attempt: 1, resume_token })
  })

  it('§8.3 job.log carries level, message and attributes, at every level', async () => {
    const logs = (await eventsOf({ agent: 'logs' })).filter(({ type }) => type === 'job.log')
    expect(logs.map(bodyOf)).toEqual(
      LOG_LEVELS.map((level) => ({ level, message: `a ${level} line`, attributes: { level } })),
    )
  })

  it('§8.4 job.progress carries current, total, units and message, and x-* beside them', async () => {
    const steps = (await eventsOf({ agent: 'steps' })).filter(({ type }) => type === 'job.progress')
    expect(steps.map(bodyOf)).toEqual([
      { current: 0, total: 2, units: 'steps', message: 'begun' },
      { current: 0.5 },
      { current: 2, total: 2, 'x-acme-span': { deep: [null] } },
    ])
  })

  it.each([
    ['text', 'write', 'utf8', Buffer.from('Grüße, 😀 and bye'), { summary: 'three greetings' }],
    ['bytes', 'encode', 'base64', Buffer.from([0, 255, 128]), {}],
  ] as const)(
    '§8.5 job.result_chunk carries a result of %s in order, and job.completed names it',
    async (result_format, name, encoding, whole, beside) => {
      const events = await eventsOf({ agent: name })
      const chunks = events.filter(({ type }) => type === 'job.result_chunk').map(bodyOf)
      const { result_id } = chunks[0] ?? {}
      expect(chunks.map(({ chunk_seq }) => chunk_seq)).toEqual(chunks.map((_, i) => i))
      expect(chunks.map(({ more }) => more)).toEqual(chunks.map((_, i) => i < chunks.length - 1))
      for (const chunk of chunks) expect(chunk).toMatchObject({ result_id, encoding })
      const data = Buffer.concat(chunks.map((chunk) => Buffer.from(String(chunk.data), encoding)))
      expect(data).toEqual(whole)
      const completed = events.at(-1) as RawFrame
      expect(completed.type).toBe('job.completed')
      expect(bodyOf(completed)).toEqual({ result_id, result_size: whole.length, result_format, ...beside })
    },
  )

  it('§8.6 job.completed carries the result, is the last event, and comes once', async () => {
    const input = { deep: [null, { er: 'ü' }], 'x-acme': 1 }
    const events = await eventsOf({ agent: 'echo', input })
    const last = events.at(-1) as RawFrame
    expect(bodyOf(last)).toEqual({ result: input, 'x-acme': 1 })
    expect(events.map(({ type }) => type)).toEqual(['job.queued', 'job.started', 'job.completed'])
    expect(events.map(({ payload }) => payload.seq)).toEqual([1, 2, 3])
  })

  it('§8.7 job.failed carries an error and tells nothing that the agent did not mean to tell', async () => {
    const thrown = (await eventsOf({ agent: 'fail' })).at(-1) as RawFrame
    expect(thrown.type).toBe('job.failed')
    expect(bodyOf(thrown)).toEqual({
      error: { code: 'INTERNAL_ERROR', message: expect.any(String), retryable: true },
    })
    expect(JSON.stringify(peer.frames)).not.toContain('swordfish')
    const broken = (await eventsOf({ agent: 'strict' })).at(-1) as RawFrame
    expect(bodyOf(broken)).toMatchObject({ error: { code: 'INTERNAL_ERROR', retryable: false } })
    const late = (await eventsOf({ agent: 'wait', max_runtime_sec: 0.01 })).at(-1) as RawFrame
    expect(bodyOf(late)).toMatchObject({ error: { code: 'TIMEOUT', retryable: false } })
  })

  it('§8.8 job.cancelled carries the reason, after the cancel was acknowledged', async () => {
    const { job_id } = await submit({ agent: 'wait' })
    await peer.next('job.started')
    const request_id = peer.request('job.cancel', { job_id, reason: 'changed my mind' })
    const cancelled = await peer.next('job.cancelled')
    expect(bodyOf(cancelled)).toEqual({ reason: 'changed my mind' })
    const types = peer.frames.map(({ type }) => type)
    expect(types.indexOf('job.cancel_accepted')).toBe(types.indexOf('job.cancelled') - 1)
    const acknowledged = await peer.next('job.cancel_accepted')
    expect(acknowledged.payload).toEqual({ request_id, job_id, status: 'running' })
    expect(acknowledged.event_seq).toBeUndefined()
  })

  it('§10 a job hands work to child jobs, within its lease and in its trace, and says so', async () => {
    const lease_request = {
      'agent.delegate': ['echo', 'older'],
      'tool.call': ['t'],
      'cost.budget': ['USD:1'],
    }
    const events = await eventsOf({ agent: 'team', lease_request })
    const last = events.at(-1) as RawFrame
    const { codes, result, id } = last.payload.result as Record<string, unknown>
    expect(codes).toEqual(['PERMISSION_DENIED', 'LEASE_SUBSET_VIOLATION', 'LEASE_SUBSET_VIOLATION'])
    expect(result).toBe('a part')
    expect(events.filter(({ type }) => type === 'job.delegate').map(bodyOf)).toEqual([
      { child_job_id: id, agent: 'echo@1.0.0', input: 'a part' },
    ])
    const request = peer.request('job.subscribe', { job_id: id })
    const child = await peer.next(({ payload: { request_id } }) => request_id === request)
    expect(child.payload).toMatchObject({
      status: 'completed',
      lease: { 'tool.call': ['t'] },
      parent_job_id: last.job_id,
      trace_id: last.trace_id,
    })
  })

  it.each([
    ['nothing', undefined, []],
    ['an empty list', [], []],
    [
      'what both have, unknown flags aside',
      ['typed_events', 'telepathy', 'progress'],
      ['progress', 'typed_events'],
    ],
  ])('§13 the welcome of a client that names %s agrees on that', async (_, features, agreed) => {
    const other = await here.dial()
    const welcome = await other.hello({ capabilities: { encodings: ['json'], features } })
    expect(welcome.payload.capabilities).toMatchObject({ encodings: ['json'], features: agreed })
  })

  it('§9 a lease grants what it was asked for, within what the runtime allows, and denies everything else', async () => {
    const outside = await submit({ agent: 'leased', lease_request: { 'fs.read': ['/etc/**'] } })
    expect(outside).toMatchObject({
      type: 'session.error',
      payload: { code: 'PERMISSION_DENIED', details: { namespace: 'fs.read', pattern: '/etc/**' } },
    })
    const unknown = await submit({ agent: 'leased', lease_request: { 'fs.delete': ['**'] } })
    expect(unknown.payload).toMatchObject({ code: 'INVALID_REQUEST' })
    const lease_request = { 'x-acme.db': ['orders/*'], 'net.fetch': ['https://api.example.com/**'] }
    expect((await submit({ agent: 'echo', lease_request })).payload.lease).toEqual(lease_request)
    const events = await eventsOf({ agent: 'leased', lease_request })
    expect(events.map(({ type }) => type).slice(2)).toEqual([
      'job.tool_call',
      'job.tool_result',
      'job.completed',
    ])
    expect(events.at(-1)?.payload.result).toEqual(['done', 'PERMISSION_DENIED'])
    const none = await eventsOf({ agent: 'leased' })
    expect(none.at(-1)?.payload.result).toEqual(['PERMISSION_DENIED', 'PERMISSION_DENIED'])
  })

  it('§9.1 a budget is counted exactly, charged beyond its end, and denies what comes after', async () => {
    const malformed = await submit({ agent: 'spender', lease_request: { 'cost.budget': ['USD:lots'] } })
    expect(malformed.payload).toMatchObject({ code: 'INVALID_REQUEST' })
    const lease_request = { 'tool.call': ['t'], 'cost.budget': ['USD:0.2', 'USD:0.1'] }
    const { payload } = await submit({ agent: 'echo', lease_request })
    expect(payload.budget).toEqual({ USD: '0.3' })
    const events = await eventsOf({ agent: 'spender', lease_request })
    const metrics = events.filter(({ type }) => type === 'job.metric').map(bodyOf)
    expect(metrics).toEqual([
      { name: 'cost.spend', value: 0.1, unit: 'USD' },
      { name: 'cost.budget.remaining', value: 0.2, unit: 'USD' },
      { name: 'cost.tokens', value: 0.2, unit: 'USD', dimensions: { model: 'm' } },
      { name: 'cost.budget.remaining', value: 0, unit: 'USD' },
      { name: 'cost.budget.remaining', value: 0, unit: 'USD' },
    ])
    expect(events.at(-1)).toMatchObject({
      type: 'job.completed',
      payload: { result: ['ran', 'ran', 'BUDGET_EXHAUSTED'] },
    })
    expect(
      (await eventsOf({ agent: 'spender', lease_request: { 'tool.call': ['t'] } })).at(-1),
    ).toMatchObject({
      payload: { result: ['ran', 'ran', 'ran'] },
    })
  })

  it('§9.2 a job fails when its lease has lasted as long as it may', async () => {
    const { payload } = await submit({ agent: 'echo', lease_constraints: { expires_in_s: 60 } })
    const expires_at = new Date(Date.parse(String(payload.accepted_at)) + 60_000).toISOString()
    expect(payload.lease_constraints).toEqual({ expires_in_s: 60, expires_at })
    const events = await eventsOf({ agent: 'wait', lease_constraints: { expires_in_s: 0.05 } })
    expect(events.at(-1)).toMatchObject({ type: 'job.failed', payload: { error: { code: 'LEASE_EXPIRED' } } })
    const never = await submit({ agent: 'echo', lease_constraints: { expires_in_s: 0 } })
    expect(never.payload).toMatchObject({ code: 'INVALID_REQUEST' })
  })

  it('§9.3 a job fails when the moment has come at which its lease ends, which is counted down', async () => {
    const clock = handClock()
    await using own = await stage(link, { agents, clock })
    const owner = await own.greet()
    const expires_at = new Date(clock.now() + 5_000).toISOString()
    const lease_constraints = { expires_at, expires_in_s: 3600 }
    owner.request('job.submit', { agent: 'wait', lease_constraints })
    const { payload } = await owner.next('job.accepted')
    expect(payload.lease_constraints).toEqual({ expires_at, expires_in_s: 5 })
    await owner.next('job.started')
    clock.advance(4_999)
    owner.request('session.ping', { nonce: 'n' })
    await owner.next('session.pong')
    expect(owner.frames.filter(({ type }) => type === 'job.failed')).toEqual([])
    clock.advance(1)
    const failed = await owner.next('job.failed')
    expect(failed.payload).toMatchObject({ error: { code: 'LEASE_EXPIRED' } })
    for (const wrong of ['2020-01-01T00:00:00Z', '2099-01-01T00:00:00+02:00', 'tomorrow']) {
      const refused = await submit({ agent: 'echo', lease_constraints: { expires_at: wrong } })
      expect(refused.payload).toMatchObject({ code: 'INVALID_REQUEST' })
    }
  })

  it('§13 a client that names everything gets what works, and nothing else', async () => {
    const other = await here.dial()
    const welcome = await other.hello({ capabilities: { encodings: ['json'], features: FEATURES } })
    const { features } = welcome.payload.capabilities as { features: string[] }
    expect(features).toEqual([
      'heartbeat',
      'ack',
      'list_jobs',
      'subscribe',
      'lease_expires_at',
      'cost.budget',
      'model.use',
      'progress',
      'result_chunk',
      'agent_versions',
      'typed_events',
    ])
  })

  it('§14 jobs are listed newest first, in pages, and sorted out by what is asked for', async () => {
    const made: unknown[] = []
    for (const name of ['echo', 'steps', 'fail', 'steps']) {
      made.unshift((await eventsOf({ agent: name })).at(-1)?.job_id)
    }
    const list = async (payload: object) => {
      const id = peer.request('session.list_jobs', payload)
      const { type, payload: page } = await peer.next(({ payload: { request_id } }) => request_id === id)
      expect(type).toBe('session.jobs')
      const jobs = page.jobs as readonly { readonly job_id: string; readonly created_at: string }[]
      return { jobs, next: page.next_cursor }
    }
    const [step] = (await list({ filter: { agent: 'steps@1.0.0' }, limit: 1 })).jobs
    expect(step).toMatchObject({ agent: 'steps@1.0.0', status: 'completed', last_seq: 6, lease: {} })
    expect(step).toHaveProperty('ended_at')
    const first = await list({ limit: 3 })
    const second = await list({ limit: 3, cursor: first.next })
    const pages = [first.jobs, second.jobs]
    expect(pages.map(({ length }) => length)).toEqual([3, 1])
    expect(second.next).toBeNull()
    const listed = pages.flat()
    expect(listed.map(({ job_id }) => job_id).sort()).toEqual(made.sort())
    const times = listed.map(({ created_at }) => created_at)
    expect(times).toEqual([...times].sort().reverse())
    expect((await list({ filter: { agent: 'steps', status: ['completed'] } })).jobs).toHaveLength(2)
    expect((await list({ filter: { status: ['failed'] } })).jobs).toMatchObject([{ agent: 'fail@1.0.0' }])
    expect((await list({ filter: { created_before: '2000-01-01T00:00:00Z' } })).jobs).toEqual([])
  })

  it('§15 x-* keys of a submit reach the agent, and those of a result come back, as they were', async () => {
    const hostile = JSON.parse('{"__proto__":{"a":[null]},"constructor":1}')
    const last = (await eventsOf({ agent: 'extended', 'x-acme-in': hostile })).at(-1) as RawFrame
    const { result, ...beside } = bodyOf(last)
    expect(JSON.stringify(result)).toBe(
      '{"seen":{"x-acme-in":{"__proto__":{"a":[null]},"constructor":1}},"x-acme-out":{"__proto__":{"b":2}}}',
    )
    expect(JSON.stringify(beside)).toBe('{"x-acme-out":{"__proto__":{"b":2}}}')
  })
})
