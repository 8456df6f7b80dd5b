import { setImmediate } from 'node:timers/promises'
import { agent } from '@arcp/protocol'
import { Request } from 'undici'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { implement } from './agents/implement'
import { runAgent } from './run-agent'

const greet = agent({
  name: 'greet',
  version: '1.0.0',
  input: v.object({ name: v.string(), times: v.optional(v.number(), 1) }),
  output: v.object({ greeting: v.string() }),
})

describe('runAgent', () => {
  it('gives the result and every event of a run', async () => {
    const run = await runAgent(
      implement(greet, async ({ name, times }, ctx) => {
        await ctx.progress({ current: times, 'x-acme': { a: 1 } })
        return { greeting: `hello ${name}` }
      }),
      { name: 'ada' },
    )
    expectTypeOf(run.result).toEqualTypeOf<{ greeting: string } | undefined>()
    expect(run).toMatchObject({ state: 'completed', result: { greeting: 'hello ada' }, error: undefined })
    expect(run.events.map((event) => event.type)).toEqual([
      'job.queued',
      'job.started',
      'job.progress',
      'job.completed',
    ])
    expect(run.events[2]).toMatchObject({ seq: 3, current: 1, 'x-acme': { a: 1 } })
  })

  it('puts a streamed result together', async () => {
    const text = agent({ name: 'text', version: '1.0.0', output: 'text' })
    const run = await runAgent(
      implement(text, async (_, ctx) => {
        const writer = ctx.resultStream().getWriter()
        await writer.write('one ')
        await writer.write('two')
        await writer.close()
        return undefined
      }),
      null,
    )
    expect(run.result).toBe('one two')
  })

  it('hands over what the agent threw, though the event tells nothing of it', async () => {
    const thrown = new Error('secret path /home/ada')
    const run = await runAgent(
      implement(greet, () => {
        throw thrown
      }),
      { name: 'ada' },
    )
    expect(run.state).toBe('failed')
    expect(run.error).toBe(thrown)
    expect(JSON.stringify(run.events)).not.toContain('secret')
  })

  it('refuses input that does not fit the contract', async () => {
    const implementation = implement(greet, () => ({ greeting: '' }))
    await expect(runAgent(implementation, { name: 1 } as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: { issues: [{ path: 'input.name' }] },
    })
  })

  it('lends a signal that many things at once may heed, without a warning of Node', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error) => void warnings.push(warning)
    process.on('warning', warned)
    const many = implement(agent({ name: 'many', version: '1.0.0' }), (_, { signal }) =>
      Promise.all(Array.from({ length: 20 }, () => setImmediate(undefined, { signal }))),
    )
    await runAgent(many, {})
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  it('lends a signal that libraries for requests take for one', async () => {
    const asks = implement(
      agent({ name: 'asks', version: '1.0.0' }),
      (_, { signal }) => new Request('http://127.0.0.1/', { signal }).method,
    )
    expect(await runAgent(asks, {})).toMatchObject({ state: 'completed', result: 'GET' })
  })

  it('cancels with its signal', async () => {
    const controller = new AbortController()
    const run = await runAgent(
      implement(greet, async (_, ctx) => {
        controller.abort()
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
        return { greeting: 'too late' }
      }),
      { name: 'ada' },
      { signal: controller.signal },
    )
    expect(run).toMatchObject({ state: 'cancelled', result: undefined, error: { code: 'CANCELLED' } })
  })

  it('lets an agent use the tools its lease names, and no others', async () => {
    const run = await runAgent(
      implement(greet, async (_, ctx) => {
        const sum = await ctx.tool('math.add', [1, 2], ([a = 0, b = 0]) => a + b)
        await ctx.tool('shell', 'rm', () => 'done')
        return { greeting: String(sum) }
      }),
      { name: 'ada' },
      { lease: { 'tool.call': ['math.*'] } },
    )
    expect(run.error).toMatchObject({
      code: 'PERMISSION_DENIED',
      details: { namespace: 'tool.call', target: 'shell' },
    })
    expect(run.events.filter((event) => event.type === 'job.tool_result')).toMatchObject([
      { result: 3 },
      { error: { code: 'PERMISSION_DENIED' } },
    ])
  })
})
