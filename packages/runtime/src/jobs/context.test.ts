import { InvalidRequestError, type JobEventBodies, type JobProgress } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { acting } from '../testing/acting'
import { agentOf } from '../testing/agents'
import { harness, submitted, terminalOf } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

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
    const { events } = await acting(async ({ progress, log }) => {
      await progress({ current: 1 })
      await log({ level: 'debug', message: 'm' })
    })
    expect(events).toHaveLength(2)
  })

  it('works through what wraps it or inherits from it', async () => {
    const { error } = await acting((ctx) => {
      for (const one of [new Proxy(ctx, {}), Object.create(ctx) as AgentContext]) {
        expect([one.jobId, one.credentials, one.budget()]).toEqual([ctx.jobId, [], {}])
        expect([one.signal, one.fs]).toEqual([ctx.signal, ctx.fs])
      }
    })
    expect(error).toBeUndefined()
  })
})

it('a context shares its getters with those of other jobs, so that nothing of it outlives its job (R-MEM-1)', async () => {
  const gettersOf = (ctx: AgentContext) =>
    Object.values(Object.getOwnPropertyDescriptors(ctx)).flatMap(({ get }) => get ?? [])
  const { value: one = [] } = await acting(gettersOf)
  const { value: other = [] } = await acting(gettersOf)
  expect(one).toHaveLength(3)
  for (const [index, getter] of one.entries()) expect(getter).toBe(other[index])
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
    const { events } = await acting((ctx) => (ctx[method] as (body: object) => Promise<void>)(body))
    expect(events).toHaveLength(1)
    expect(events[0]?.type).toBe(type)
    expect(JSON.stringify(events[0]?.body)).toBe(JSON.stringify(body))
  })

  it('with fields that are undefined left out, and nothing kept by reference', async () => {
    const details = { n: 1 }
    const { events } = await acting(async (ctx) => {
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
    const { events } = await acting((ctx) => ctx.emit('x-acme.thing', body, extensions))
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
    const { error, events } = await acting(act)
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
    const { events } = await acting(async (ctx) => {
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
