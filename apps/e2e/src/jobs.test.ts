import { setImmediate as macrotask } from 'node:timers/promises'
import { type Client, connect } from '@arcp/client'
import {
  agent,
  CancelledError,
  ConnectionError,
  InternalError,
  InvalidRequestError,
  PermissionDeniedError,
  type VendorEvent,
} from '@arcp/protocol'
import { createRuntime, type Implementation, implement, staticTokens } from '@arcp/runtime'
import { collect } from '@arcp/testkit'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Link, links } from './links'

const count = agent({
  name: 'count',
  version: '1.0.0',
  input: v.object({ to: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  output: v.object({ counted: v.number() }),
})
const echo = agent({ name: 'echo', version: '1.0.0' })
const mirror = agent({ name: 'mirror', version: '1.0.0' })
const wait = agent({ name: 'wait', version: '1.0.0' })
const fail = agent({ name: 'fail', version: '1.0.0' })
const repeat = agent({
  name: 'repeat',
  version: '1.0.0',
  input: v.object({ text: v.string(), times: v.number() }),
  output: 'text',
})
const ramp = agent({
  name: 'ramp',
  version: '1.0.0',
  input: v.object({ bytes: v.number() }),
  output: 'bytes',
})

const agents: readonly Implementation[] = [
  implement(count, async ({ to }, ctx) => {
    for (let current = 1; current <= to; current++) await ctx.progress({ current, total: to })
    return { counted: to }
  }),
  implement(echo, (input) => input),
  implement(mirror, async (_, ctx) => {
    await ctx.log({ level: 'info', message: 'mirrored', ...ctx.extensions })
    await ctx.emit('x-acme.mirror', ctx.extensions)
    return { ...ctx.extensions }
  }),
  implement(wait, async (_, ctx) => {
    await ctx.status({ phase: 'waiting' })
    // Told to stop while the event was going out, it would wait for what has been.
    ctx.signal.throwIfAborted()
    await new Promise((_resolve, reject) => {
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))
    })
  }),
  implement(fail, () => {
    throw new PermissionDeniedError('not you', { details: { who: 'you' } })
  }),
  implement(repeat, async ({ text, times }, ctx) => {
    const writer = ctx.resultStream().getWriter()
    for (let n = 0; n < times; n++) await writer.write(text)
    await writer.close()
  }),
  implement(ramp, ({ bytes }) => Uint8Array.from({ length: bytes }, (_, n) => n)),
]

/** A runtime of these agents, and a client of it. */
async function session(link: Link) {
  const runtime = createRuntime({
    name: 'e2e',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada' }),
    agents,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const open = await link.open(runtime)
  const dial = () => connect(open.dialer, { token: 'test-token' })
  const client: Client = await dial()
  return {
    client,
    dial,
    async [Symbol.asyncDispose]() {
      await client.close()
      await open[Symbol.asyncDispose]()
      await runtime.close()
    },
  }
}

describe.each(links)('$name', (link) => {
  it('welcomes a client and tells what it offers', async () => {
    await using s = await session(link)
    expect(s.client.runtime).toEqual({ name: 'e2e', version: '1.0.0' })
    expect(s.client.agents.map(({ name }) => name).sort()).toEqual(
      agents.map(({ contract }) => contract.name).sort(),
    )
    expect(s.client.features).toContain('typed_events')
  })

  it('refuses a token it does not know', async () => {
    const runtime = createRuntime({ name: 'r', version: '1', auth: staticTokens({ a: 'ada' }), agents })
    await using open = await link.open(runtime)
    await expect(connect(open.dialer, { token: 'b' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await runtime.close()
  })

  it('runs a job: accepted, its events in order, its typed result', async () => {
    await using s = await session(link)
    const job = await s.client.submit(count, { to: 3 })
    expect(job).toMatchObject({
      id: expect.stringMatching(/^job_/),
      agent: 'count@1.0.0',
      lease: {},
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      acceptedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      resumeToken: expect.stringMatching(/^arj_/),
    })
    const events = await collect(job.events())
    expect(events.map(({ type }) => type)).toEqual([
      'job.queued',
      'job.started',
      'job.progress',
      'job.progress',
      'job.progress',
      'job.completed',
    ])
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
    const result = await job.result()
    expectTypeOf(result).toEqualTypeOf<{ counted: number }>()
    expect(result).toEqual({ counted: 3 })
  })

  it('delivers 5,000 events of each of three jobs, whole and in order', async () => {
    await using s = await session(link)
    const jobs = await Promise.all([0, 1, 2].map(() => s.client.submit(count, { to: 5_000 })))
    for (const events of await Promise.all(jobs.map((job) => collect(job.events())))) {
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 5_003 }, (_, n) => n + 1))
    }
  })

  it.each([undefined, null, 0, '', 'text', [], { __proto__: null }, { deep: [{ er: [null, true] }] }])(
    'returns %j as it came',
    async (value) => {
      await using s = await session(link)
      const job = await s.client.submit(echo, value)
      expect(await job.result()).toEqual(value ?? null)
    },
  )

  it('carries x-* both ways, nested and __proto__ included', async () => {
    await using s = await session(link)
    const text = '{"__proto__":{"a":[1,{"__proto__":"b"}]},"c":{"d":null},"e":"\\u2028"}'
    const extensions = { 'x-acme-run': JSON.parse(text), 'x-n': 7 }
    const job = await s.client.submit(mirror, null, { extensions })
    const events = await collect(job.events())
    const log = events.find((event) => event.type === 'job.log')
    const vendor = events.find((event): event is VendorEvent => event.type === 'x-acme.mirror')
    const completed = events.find((event) => event.type === 'job.completed')
    for (const carrier of [log, vendor?.body, completed, await job.result()] as Record<string, unknown>[]) {
      expect(JSON.stringify(carrier['x-acme-run'])).toBe(JSON.stringify(extensions['x-acme-run']))
      expect(carrier['x-n']).toBe(7)
    }
  })

  it('refuses input that does not fit, naming the path, and goes on', async () => {
    await using s = await session(link)
    const running = await s.client.submit(count, { to: 2 })
    const refused = s.client.submit('count', { to: 1.5 })
    await expect(refused).rejects.toThrow(InvalidRequestError)
    await expect(refused).rejects.toThrow('input.to')
    await expect(s.client.submit('nobody', 1)).rejects.toMatchObject({ code: 'AGENT_NOT_AVAILABLE' })
    await expect(s.client.submit('count@9.9.9', 1)).rejects.toMatchObject({
      code: 'AGENT_VERSION_NOT_AVAILABLE',
    })
    expect(await running.result()).toEqual({ counted: 2 })
  })

  it('tells what an agent threw', async () => {
    await using s = await session(link)
    const job = await s.client.submit(fail, null)
    await expect(job.result()).rejects.toThrow(PermissionDeniedError)
    await expect(job.result()).rejects.toMatchObject({ message: 'not you', details: { who: 'you' } })
    expect((await collect(job.events())).at(-1)).toMatchObject({ type: 'job.failed' })
  })

  it('puts a streamed text together, of many chunks', async () => {
    await using s = await session(link)
    const text = 'grün 🚀 '.repeat(1_000)
    const job = await s.client.submit(repeat, { text, times: 40 })
    const result = await job.result()
    expectTypeOf(result).toEqualTypeOf<string>()
    expect(result.length).toBe(text.length * 40)
    expect(result).toBe(text.repeat(40))
  })

  it('puts streamed bytes together', async () => {
    await using s = await session(link)
    const job = await s.client.submit(ramp, { bytes: 300_001 })
    const result = await job.result()
    expectTypeOf(result).toEqualTypeOf<Uint8Array>()
    // Compared as a whole: element by element takes seconds.
    const expected = Uint8Array.from({ length: 300_001 }, (_, n) => n)
    expect(Buffer.compare(result, expected)).toBe(0)
  })

  it('R-CHK-5 puts a returned value too large for one frame together', async () => {
    await using s = await session(link)
    const input = Array.from({ length: 10 }, (_, n) => `${n}-ä\u{1f680}`.repeat(4_000))
    const job = await s.client.submit(echo, input)
    const events = await collect(job.events())
    expect(await job.result()).toEqual(input)
    expect(events.some(({ type }) => type === 'job.result_chunk')).toBe(true)
  })

  it('streams a result while it comes', async () => {
    await using s = await session(link)
    const job = await s.client.submit(repeat, { text: 'x'.repeat(1_000), times: 500 })
    const text = await new Response(job.resultStream()).text()
    expect(text).toBe('x'.repeat(500_000))
  })

  it('cancels a job: acknowledged first, then the terminal with the reason', async () => {
    await using s = await session(link)
    const job = await s.client.submit(wait, null)
    const seen: string[] = []
    const acknowledged = (async () => {
      for await (const event of job.events()) {
        seen.push(event.type)
        if (event.type === 'job.status') {
          void job.cancel('enough').then((state) => seen.push(`cancel found it ${state}`))
        }
      }
    })()
    await expect(job.result()).rejects.toThrow(CancelledError)
    await expect(job.result()).rejects.toThrow('enough')
    await acknowledged
    expect(seen).toEqual([
      'job.queued',
      'job.started',
      'job.status',
      'cancel found it running',
      'job.cancelled',
    ])
    expect(await job.cancel()).toBe('cancelled')
  })

  it('cancels by the signal given to submit', async () => {
    await using s = await session(link)
    const stop = new AbortController()
    const job = await s.client.submit(wait, null, { signal: stop.signal })
    stop.abort(new Error('went home'))
    await expect(job.result()).rejects.toThrow('went home')
  })

  it('R-OBS-10 a consumer that stops early harms neither its job nor another', async () => {
    await using s = await session(link)
    const left = await s.client.submit(count, { to: 3_000 })
    const unread = await s.client.submit(count, { to: 3_000 })
    const read = await s.client.submit(count, { to: 3_000 })
    const reading = collect(read.events())
    for await (const event of left.events()) if (event.seq === 5) break
    expect(await reading).toHaveLength(3_003)
    expect(await left.result()).toEqual({ counted: 3_000 })
    expect(await unread.result()).toEqual({ counted: 3_000 })
    const kept = await collect(unread.events())
    expect(kept.at(-1)).toMatchObject({ type: 'job.completed', seq: 3_003 })
  })

  it('R-LIF-15 a job that fails while only its events are read rejects nothing', async () => {
    await using s = await session(link)
    const unhandled: unknown[] = []
    const remember = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', remember)
    try {
      const job = await s.client.submit(fail, null)
      await collect(job.events())
      await s.client.submit(fail, null)
      const last = await s.client.submit(echo, 1)
      await last.result()
      await macrotask()
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', remember)
    }
  })

  it('closes: the runtime says farewell, what waits rejects, jobs run on', async () => {
    await using s = await session(link)
    const client = await s.dial()
    const job = await client.submit(wait, null, { idempotencyKey: 'k' })
    const lost = expect(job.result()).rejects.toThrow(ConnectionError)
    await client.close('done')
    expect(client.state).toBe('closed')
    await lost
    const again = await s.client.submit(wait, null, { idempotencyKey: 'k' })
    expect(again.id).toBe(job.id)
    expect(await again.cancel()).toBe('running')
    await expect(again.result()).rejects.toThrow(CancelledError)
  })

  it('refuses a frame larger than the runtime takes before it is sent', async () => {
    await using s = await session(link)
    await expect(s.client.submit(echo, 'x'.repeat(1024 * 1024))).rejects.toThrow(InvalidRequestError)
    expect(await (await s.client.submit(echo, 1)).result()).toBe(1)
  })

  it('rejects a result larger than the client takes, and nothing else', async () => {
    const runtime = createRuntime({ name: 'r', version: '1', auth: staticTokens({ t: 'ada' }), agents })
    await using open = await link.open(runtime)
    await using client = await connect(open.dialer, { token: 't', limits: { resultBytes: 100_000 } })
    const job = await client.submit(ramp, { bytes: 100_001 })
    await expect(job.result()).rejects.toThrow(InternalError)
    const fitting = await client.submit(ramp, { bytes: 100_000 })
    expect(await fitting.result()).toHaveLength(100_000)
    await client.close()
    await runtime.close()
  })
})
