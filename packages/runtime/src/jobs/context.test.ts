import { InvalidRequestError, type JobEventBodies, type JobProgress } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { agentOf } from '../testing/agents'
import { eventOf, harness, submitted, terminalOf } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

/** Runs `act` as an agent's function: the events it made, and what it got. */
async function run<T>(act: (ctx: AgentContext) => T | Promise<T>, submit: object = {}) {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined
  const acting = agentOf('acting', async (_, ctx) => {
    try {
      outcome = { value: await act(ctx) }
    } catch (error) {
      outcome = { error }
    }
  })
  await using h = harness({ agents: [acting] })
  const peer = await h.connect()
  const { job_id } = await submitted(peer, { agent: 'acting', ...submit })
  expect((await terminalOf(peer, job_id)).type).toBe('job.completed')
  const events = peer.frames
    .filter((frame) => frame.event_seq !== undefined)
    .slice(2, -1)
    .map(({ type, payload }) => {
      const { seq, ts, ...body } = payload
      expect(seq).toEqual(expect.any(Number))
      expect(Date.parse(String(ts))).not.toBeNaN()
      return { type, body }
    })
  return { events, ...(outcome as { value?: T; error?: unknown }) }
}

const denied = { code: 'PERMISSION_DENIED', retryable: false }

describe('what an agent is lent', () => {
  it('tells which job it is, for whom, and what came with it', async () => {
    const trace_id = '0af7651916cd43dd8448eb211c80319c'
    let seen: Partial<AgentContext> = {}
    const looking = agentOf('looking', (_, ctx) => {
      seen = { ...ctx }
    })
    await using h = harness({ agents: [looking] })
    const peer = await h.connect()
    const submit = { agent: 'looking', lease_request: { 'tool.call': ['a'] }, 'x-acme': { run: 7 }, other: 1 }
    const { job_id } = await submitted(peer, submit, { trace_id })
    await terminalOf(peer, job_id)
    expect(seen).toMatchObject({
      jobId: job_id,
      agent: 'looking@1.0.0',
      principal: 'ada',
      traceId: trace_id,
      lease: { 'tool.call': ['a'] },
    })
    expect(seen.extensions).toEqual({ 'x-acme': { run: 7 } })
    expect(seen.signal?.aborted).toBe(false)
  })

  it('works with its methods taken apart', async () => {
    const { events } = await run(async ({ progress, log }) => {
      await progress({ current: 1 })
      await log({ level: 'debug', message: 'm' })
    })
    expect(events).toHaveLength(2)
  })
})

describe('each kind of event arrives as it was written', () => {
  const bodies: { [Type in keyof JobEventBodies]?: JobEventBodies[Type] } = {
    'job.log': { level: 'warn', message: 'mind', attributes: { a: [1, null] } },
    'job.progress': { current: 1.5, total: 3, units: 'files', message: 'half' },
    'job.thought': { text: 'hm' },
    'job.status': { phase: 'reading', message: 'slowly', details: { deep: { er: true } } },
    'job.metric': { name: 'tokens', value: -2.5, unit: 'tok', dimensions: { model: 'm' } },
    'job.artifact_ref': {
      uri: 'file:///a',
      content_type: 'text/plain',
      byte_size: 0,
      sha256: 'a'.repeat(64),
    },
  }
  const methods = {
    'job.log': 'log',
    'job.progress': 'progress',
    'job.thought': 'thought',
    'job.status': 'status',
    'job.metric': 'metric',
    'job.artifact_ref': 'artifact',
  } as const

  it.each(Object.entries(methods))('%s, extensions beside its own fields', async (type, method) => {
    const extensions = JSON.parse('{"x-acme":{"__proto__":{"p":1},"list":[{"constructor":null}]},"x-n":null}')
    const body = { ...bodies[type as keyof typeof bodies], ...extensions }
    const { events } = await run((ctx) => (ctx[method] as (body: object) => Promise<void>)(body))
    expect(events).toHaveLength(1)
    expect(events[0]?.type).toBe(type)
    expect(JSON.stringify(events[0]?.body)).toBe(JSON.stringify(body))
  })

  it('with fields that are undefined left out, and nothing kept by reference', async () => {
    const details = { n: 1 }
    const { events } = await run(async (ctx) => {
      const said = ctx.status({ phase: 'p', details, ...{ message: undefined } })
      details.n = 2
      await said
    })
    expect(events).toEqual([{ type: 'job.status', body: { phase: 'p', details: { n: 1 } } }])
  })

  it.each<[string, unknown, Record<`x-${string}`, unknown> | undefined, unknown]>([
    ['an object', { a: 1 }, undefined, { body: { a: 1 } }],
    ['null', null, undefined, { body: null }],
    ['nothing', undefined, undefined, { body: null }],
    ['text with extensions', 'text', { 'x-acme': [1] }, { body: 'text', 'x-acme': [1] }],
    ['a toJSON', { toJSON: () => 'written' }, {}, { body: 'written' }],
  ])('a vendor’s own: %s', async (_, body, extensions, expected) => {
    const { events } = await run((ctx) => ctx.emit('x-acme.thing', body, extensions))
    expect(events).toEqual([{ type: 'x-acme.thing', body: expected }])
  })
})

describe('a body that is not valid is refused with its path, and nothing is appended', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle

  it.each<[string, (ctx: AgentContext) => Promise<void>, string]>([
    ['a missing field', (ctx) => ctx.progress({} as JobProgress), 'current: is missing'],
    ['a field of another type', (ctx) => ctx.log({ level: 'info', message: 5 } as never), 'message'],
    ['an unknown level', (ctx) => ctx.log({ level: 'loud', message: 'm' } as never), 'level'],
    ['a negative current', (ctx) => ctx.progress({ current: -1 }), 'current'],
    ['a current that is no number', (ctx) => ctx.progress({ current: Number.NaN }), 'current'],
    ['a value that is infinite', (ctx) => ctx.metric({ name: 'n', value: 1 / 0 }), 'value'],
    [
      'a dimension that is no text',
      (ctx) => ctx.metric({ name: 'n', value: 1, dimensions: { a: 1 } as never }),
      'dimensions',
    ],
    ['a digest that is none', (ctx) => ctx.artifact({ uri: 'u', content_type: 't', sha256: 'A' }), 'sha256'],
    ['an unknown field', (ctx) => ctx.thought({ text: 't', tone: 'flat' } as never), 'tone: unknown field'],
    ['its number', (ctx) => ctx.thought({ text: 't', seq: 1 } as never), 'seq: unknown field'],
    ['a key almost an extension', (ctx) => ctx.thought({ text: 't', 'x-': 1 } as never), 'x-: unknown field'],
    ['null', (ctx) => ctx.thought(null as never), 'expected an object'],
    ['a list', (ctx) => ctx.thought(['t'] as never), 'expected an object'],
    ['text', (ctx) => ctx.thought('t' as never), 'expected an object'],
    ['nothing', (ctx) => (ctx.thought as () => Promise<void>)(), 'expected an object'],
    ['a cycle', (ctx) => ctx.status({ phase: 'p', details: cycle }), 'job.status: cannot be written as JSON'],
    ['a BigInt', (ctx) => ctx.status({ phase: 'p', details: { n: 1n } }), 'cannot be written as JSON'],
    ['a vendor type without x-', (ctx) => ctx.emit('job.log' as 'x-', 1), 'type: expected x-'],
    ['a vendor type of odd characters', (ctx) => ctx.emit('x-a\n"b', 1), 'type: expected x-'],
    ['a vendor type too long', (ctx) => ctx.emit(`x-${'a'.repeat(127)}`, 1), 'type: expected x-'],
    ['a vendor type that is none', (ctx) => ctx.emit(undefined as never, 1), 'type: expected x-'],
    ['a vendor body no JSON has', (ctx) => ctx.emit('x-a.b', () => 1), 'x-a.b: cannot be written as JSON'],
    [
      'foreign keys beside a vendor body',
      (ctx) => ctx.emit('x-a.b', 1, { body: 2 } as never),
      'body: unknown field',
    ],
  ])('%s', async (_, act, message) => {
    const { error, events } = await run(act)
    expect(error).toBeInstanceOf(InvalidRequestError)
    expect((error as Error).message).toContain(message)
    expect(events).toEqual([])
  })

  it('a toJSON cannot write what was not checked', async () => {
    class Sly {
      [key: `x-${string}`]: unknown
      text = 'checked'
      constructor(readonly written: unknown) {
        Object.defineProperty(this, 'written', { enumerable: false })
      }
      toJSON() {
        return this.written
      }
    }
    const { events } = await run(async (ctx) => {
      for (const written of ['text', [1], undefined, { seq: 99, text: 'unchecked' }]) {
        await ctx.thought(new Sly(written))
      }
    })
    expect(events).toEqual(Array(4).fill({ type: 'job.thought', body: { text: 'checked' } }))
  })
})

describe('R-CHK-2: an event too large for a frame fails at the emit', () => {
  it.each([4096, 65_536])('and the job goes on (frames of %d bytes)', async (maxFrameBytes) => {
    let largest = 0
    const loud = agentOf('loud', async (_, ctx) => {
      for (let length = maxFrameBytes; ; length -= 64) {
        const fits = await ctx.thought({ text: 'ü'.repeat(length / 2) }).then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({
              code: 'INVALID_REQUEST',
              message: `job.thought: the event does not fit into a frame of ${maxFrameBytes} bytes`,
            })
            return false
          },
        )
        if (!fits) continue
        largest = length
        break
      }
      await expect(ctx.emit('x-a.b', '\u0000'.repeat(maxFrameBytes / 6))).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      })
      return 'done'
    })
    await using h = harness({ agents: [loud], limits: { maxFrameBytes } })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'loud' })
    expect((await terminalOf(peer, job_id)).payload).toMatchObject({ seq: 4, result: 'done' })
    expect(largest).toBeGreaterThan(maxFrameBytes - 700)
  })
})

describe('a tool', () => {
  it('that the lease grants runs between its call and its result', async () => {
    const { value, events } = await run(
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
    const { events } = await run((ctx) => ctx.tool('t', undefined, () => undefined), {
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
    const { error, events } = await run(
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
    const { error, events } = await run(
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
    const { events } = await run(
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
    const { error, events } = await run((ctx) => ctx.tool('t', {}, () => Promise.reject(thrown)), {
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
    const { error, events } = await run((ctx) => ctx.tool('t', {}, () => 1n), {
      lease_request: { 'tool.call': ['t'] },
    })
    expect(error).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(events.map(({ type }) => type)).toEqual(['job.tool_call', 'job.tool_result'])
    expect(events[1]?.body.error).toMatchObject({ code: 'INVALID_REQUEST' })
  })

  it('whose arguments JSON cannot write is not called', async () => {
    let called = false
    const { error, events } = await run(
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
      const { error } = await run((ctx) => ctx.summarize(text as string))
      expect(error).toMatchObject({ code: 'INVALID_REQUEST' })
      expect((await run((ctx) => ctx.summarize('s'.repeat(1_024)))).error).toBeUndefined()
    },
  )
})
