import { agent, InvalidRequestError, isArcpError } from '@arcp/protocol'
import { type AgentContext, type Implementation, implement, type RuntimeOptions } from '@arcp/runtime'
import { collect, gate } from '@arcp/testkit'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { links } from './links'
import { stage } from './stage'

type Run = (input: unknown, ctx: AgentContext) => unknown

const does = (name: string, run: Run): Implementation => implement(agent({ name, version: '1.0.0' }), run)

/** A cycle: JSON has no form for it. */
const cycle: Record<string, unknown> = {}
cycle.self = cycle

const failed = (error: object) => ({ type: 'job.failed', error })
const unexpected = failed({
  code: 'INTERNAL_ERROR',
  message: 'the agent failed unexpectedly',
  retryable: true,
})
const invalidResult = failed({
  code: 'INTERNAL_ERROR',
  message: expect.any(String),
  retryable: false,
  details: { reason: 'invalid_result' },
})

/** What an agent does, and how its job ends by it. */
const ENDINGS: [string, Run, object][] = [
  [
    'throws',
    () => {
      throw new Error('at /home/ada')
    },
    unexpected,
  ],
  [
    'rejects after it has told something',
    (_, ctx) => ctx.progress({ current: 1 }).then(() => Promise.reject('no')),
    unexpected,
  ],
  ['throws nothing at all', () => Promise.reject(undefined), unexpected],
  [
    'throws an error of the protocol',
    () => {
      throw new InvalidRequestError('which day?', { details: { field: 'day' } })
    },
    failed({ code: 'INVALID_REQUEST', message: 'which day?', retryable: false, details: { field: 'day' } }),
  ],
  ['returns a BigInt', () => 1n, invalidResult],
  ['returns a function', () => () => 1, invalidResult],
  ['returns a symbol', () => Symbol('s'), invalidResult],
  ['returns a cycle', () => cycle, invalidResult],
  [
    'returns what will not be written',
    () => ({
      toJSON() {
        throw new Error('not today')
      },
    }),
    invalidResult,
  ],
  [
    'returns more than a result may take',
    () => 'x'.repeat(200_000),
    failed({
      code: 'INTERNAL_ERROR',
      message: expect.any(String),
      retryable: false,
      details: { reason: 'result_too_large', limit: 100_000 },
    }),
  ],
  [
    'returns what its result stream has told already',
    async (_, ctx) => {
      const writer = ctx.resultStream().getWriter()
      await writer.write('one')
      await writer.close()
      return 'another'
    },
    invalidResult,
  ],
  [
    'gives its result stream up',
    async (_, ctx) => {
      await ctx.resultStream().getWriter().abort()
    },
    invalidResult,
  ],
  [
    'emits without waiting, far beyond what is held',
    (_, ctx) => {
      for (let current = 0; current < 5_000; current++) void ctx.progress({ current })
      return 'never told'
    },
    failed({
      code: 'INTERNAL_ERROR',
      message: expect.any(String),
      retryable: true,
      details: { reason: 'emit_overflow' },
    }),
  ],
  [
    'emits what is wrong without looking, and goes on',
    async (_, ctx) => {
      void ctx.progress({ current: -1 })
      void ctx.log({ level: 'loud', message: 'm' } as never)
      void ctx.emit('x-acme.big', 'x'.repeat(2_000_000))
      void ctx.emit('x-acme.cycle', cycle)
      return 'fine'
    },
    { type: 'job.completed', result: 'fine' },
  ],
]

const limits: RuntimeOptions['limits'] = { logEvents: 1_000, resultBytes: 100_000, cancelGraceMs: 20 }

describe.each(links)('$name', (link) => {
  const unhandled: unknown[] = []
  const remember = (reason: unknown) => void unhandled.push(reason)

  beforeEach(() => {
    unhandled.length = 0
    process.on('unhandledRejection', remember)
  })

  afterEach(() => {
    process.off('unhandledRejection', remember)
    expect(unhandled).toEqual([])
  })

  /** A runtime with a job of the same session and one of another that run beside whatever `run` does. */
  async function beside(run: Run) {
    const release = gate()
    const held = does('held', async (input, ctx) => {
      await ctx.progress({ current: 1 })
      await release.promise
      return input
    })
    const s = await stage(link, { agents: [does('bad', run), held], limits })
    const [client, other] = [await s.connect(), await s.connect({ token: 'bobs' })]
    const neighbours = [await client.submit('held', 'same session'), await other.submit('held', 'another')]
    return {
      s,
      client,
      /** The neighbours come to their ends as if nothing had happened, and so does a job after it. */
      async unharmed() {
        release.open()
        expect(await Promise.all(neighbours.map((job) => job.result()))).toEqual(['same session', 'another'])
        expect(await (await client.submit('held', 'after')).result()).toBe('after')
      },
      [Symbol.asyncDispose]: () => s[Symbol.asyncDispose](),
    }
  }

  it.each(ENDINGS)('an agent that %s', async (_, run, end) => {
    await using scene = await beside(run)
    const job = await scene.client.submit('bad', null)
    const events = await collect(job.events())
    expect(events.at(-1)).toEqual({ ...end, seq: events.length, ts: expect.any(String) })
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
    await scene.unharmed()
  })

  it('an agent that returns what its contract does not promise', async () => {
    const contract = agent({ name: 'bad', version: '1.0.0', output: v.object({ files: v.number() }) })
    const wrong = implement(contract, () => ({ files: 'many' }) as never)
    await using s = await stage(link, { agents: [wrong] })
    const job = await (await s.connect()).submit(contract, null)
    const { seq: _, ts: __, ...end } = (await collect(job.events())).at(-1) ?? {}
    expect(end).toEqual(invalidResult)
  })

  it('an agent that emits after its end is told so, and nobody else hears of it', async () => {
    const late = gate()
    const told = gate()
    const refusals: unknown[] = []
    await using scene = await beside((_, ctx) => {
      void late.promise.then(async () => {
        for (const emit of [
          () => ctx.progress({ current: 1 }),
          () => ctx.emit('x-acme.late', 1),
          () => ctx.tool('git.log', {}, () => 'never called'),
        ])
          await emit().catch((error: unknown) => refusals.push(isArcpError(error) && error.code))
        told.open()
      })
      return 'done'
    })
    const job = await scene.client.submit('bad', null, { lease: { 'tool.call': ['*'] } })
    const events = await collect(job.events())
    late.open()
    await told.promise
    expect(refusals).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST', 'PERMISSION_DENIED'])
    await scene.unharmed()
    expect(events.map(({ type }) => type)).toEqual(['job.queued', 'job.started', 'job.completed'])
    expect(await job.cancel()).toBe('completed')
  })

  it('R-LIF-6 an agent that ignores its signal is not waited for, and what it returns is thrown away', async () => {
    const stubborn = gate()
    await using scene = await beside(async () => {
      await stubborn.promise
      return 'too late'
    })
    const job = await scene.client.submit('bad', null)
    expect(await job.cancel('enough')).toBe('running')
    const events = await collect(job.events())
    expect(events.at(-1)).toMatchObject({ type: 'job.cancelled', reason: 'enough' })
    stubborn.open()
    await scene.unharmed()
    await expect(job.result()).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await job.cancel()).toBe('cancelled')
  })

  it('an agent that ends its job by one thing and does another afterwards', async () => {
    await using scene = await beside(
      (_, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('my own idea')))),
    )
    const job = await scene.client.submit('bad', null, { maxRuntimeSec: 0.001 })
    await expect(job.result()).rejects.toMatchObject({ code: 'TIMEOUT' })
    await scene.unharmed()
  })
})
