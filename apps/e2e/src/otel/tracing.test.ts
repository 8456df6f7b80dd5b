import { setTimeout as later } from 'node:timers/promises'
import { otel } from '@arcp/otel'
import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { links } from '../links'
import { stage } from '../stage'
import { followContexts, inSpan, recorder } from './recorder'

let stop: () => void
beforeAll(() => {
  stop = followContexts()
})
afterAll(() => stop())

const run = (name: string, work: Parameters<typeof implement>[1]) =>
  implement(agent({ name, version: '1.2.0' }), work)

describe.each(links)('$name, the trace of a job', (link) => {
  it('goes from the client’s own span through submit, job and agent to what the agent does', async () => {
    const { provider, span, spans, tree } = recorder()
    const tracer = provider.getTracer('agent')
    const work = run('work', async (_, ctx) => {
      tracer.startSpan('at once').end()
      await later(1)
      await ctx.tool('add', { a: 1 }, async () => {
        await later(1)
        tracer.startSpan('inside the tool').end()
      })
      await ctx.model('gpt')
      await ctx.fetch('http://denied.example/secret').catch(() => {})
      for await (const _ of (async function* () {
        yield await later(1)
      })())
        tracer.startSpan('in a stream').end()
      await new Promise<void>((resolve) =>
        setImmediate(() => {
          tracer.startSpan('in a callback').end()
          resolve()
        }),
      )
      return 'done'
    })
    const observe = otel({ tracerProvider: provider })
    await using s = await stage(link, { agents: [work], observe })
    const client = await s.connect({ observe: otel({ tracerProvider: provider }) })
    const traceId = await inSpan(provider, 'application', async (own) => {
      const lease = { 'tool.call': ['add'], 'model.use': ['gpt'] }
      const job = await client.submit('work', 'a secret', { lease })
      expect(await job.result()).toBe('done')
      own.end()
      return job.traceId
    })
    const agentSpan = 'application > submit work > job work > invoke_agent work'
    expect(tree()).toEqual(
      [
        'application',
        'application > submit work',
        'application > submit work > job work',
        'application > submit work > job work > arcp.job.started',
        agentSpan,
        `${agentSpan} > at once`,
        `${agentSpan} > execute_tool add`,
        `${agentSpan} > execute_tool add > inside the tool`,
        `${agentSpan} > authorize_model gpt`,
        `${agentSpan} > GET`,
        `${agentSpan} > in a stream`,
        `${agentSpan} > in a callback`,
      ].sort(),
    )
    expect(new Set(spans().map((one) => one.spanContext().traceId))).toEqual(new Set([traceId]))
    expect(span('job work').attributes).toMatchObject({
      'rpc.system.name': 'arcp',
      'gen_ai.agent.name': 'work',
      'gen_ai.agent.version': '1.2.0',
      'arcp.job.state': 'completed',
      'arcp.job.cause': 'returned',
    })
    expect(span('GET')).toMatchObject({
      attributes: { 'server.address': 'denied.example', 'error.type': 'PERMISSION_DENIED' },
      status: { code: 2 },
    })
    expect(span('GET').events[0]).toMatchObject({ name: 'arcp.operation.denied' })
    expect(span('execute_tool add').attributes['gen_ai.tool.call.id']).toMatch(/^call_/)
    const said = JSON.stringify(
      spans().map(({ name, attributes, events, links }) => [name, attributes, events, links]),
    )
    expect(said).not.toMatch(/secret|test-token|ar[sj]_|done|"a":1/)
  })

  it('is the same for client and runtime that record apart, and crosses nothing but the envelope', async () => {
    const near = recorder()
    const far = recorder()
    await using s = await stage(link, {
      agents: [run('echo', (input) => input)],
      observe: otel({ tracerProvider: far.provider }),
    })
    const client = await s.connect({ observe: otel({ tracerProvider: near.provider }) })
    const job = await client.submit('echo', 1)
    await job.result()
    const submit = near.span('submit echo').spanContext()
    expect(far.span('job echo').parentSpanContext).toMatchObject({ spanId: submit.spanId, isRemote: true })
    expect([job.traceId, far.span('job echo').spanContext().traceId]).toEqual([
      submit.traceId,
      submit.traceId,
    ])
  })

  it('begins with the job where nobody named one, and the job’s trace id is its own', async () => {
    const { provider, span } = recorder()
    await using s = await stage(link, {
      agents: [run('echo', (input) => input)],
      observe: otel({ tracerProvider: provider }),
    })
    const client = await s.connect()
    const job = await client.submit('echo', 1)
    await job.result()
    expect(span('job echo').parentSpanContext).toBeUndefined()
    expect(span('job echo').spanContext().traceId).toBe(job.traceId)
  })

  it('is the one an application names, and each of its jobs is in it', async () => {
    const { provider, span, spans } = recorder()
    const observe = otel({ tracerProvider: provider })
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    await using s = await stage(link, { agents: [run('echo', (input) => input)], observe })
    const plain = await s.connect()
    await (await plain.submit('echo', 1, { traceId })).result()
    expect(span('job echo').parentSpanContext).toMatchObject({ traceId, spanId: '8448eb211c80319c' })
    const traced = await s.connect({ observe })
    const job = await traced.submit('echo', 1, { traceId })
    await job.result()
    expect(job.traceId).toBe(traceId)
    expect(span('submit echo').spanContext().traceId).toBe(traceId)
    expect(spans().every((one) => one.spanContext().traceId === traceId)).toBe(true)
  })

  it('goes on in another runtime, when an agent is a client of it', async () => {
    const { provider, spans, tree } = recorder()
    const observe = otel({ tracerProvider: provider })
    await using far = await stage(link, { agents: [run('helper', (input) => input)], observe })
    const inner = await far.connect({ observe })
    const boss = run('boss', async (input, ctx) => {
      const delegate = async () => (await inner.submit('helper', input)).result()
      return [await delegate(), await ctx.tool('ask', input, delegate)]
    })
    await using near = await stage(link, { agents: [boss], observe })
    const client = await near.connect({ observe })
    const job = await client.submit('boss', 7, { lease: { 'tool.call': ['ask'] } })
    expect(await job.result()).toEqual([7, 7])
    const agentSpan = 'submit boss > job boss > invoke_agent boss'
    const helper = (above: string) =>
      ['', ' > job helper', ' > job helper > arcp.job.started', ' > job helper > invoke_agent helper'].map(
        (rest) => `${above} > submit helper${rest}`,
      )
    expect(tree()).toEqual(
      [
        'submit boss',
        'submit boss > job boss',
        'submit boss > job boss > arcp.job.started',
        agentSpan,
        ...helper(agentSpan),
        `${agentSpan} > execute_tool ask`,
        ...helper(`${agentSpan} > execute_tool ask`),
      ].sort(),
    )
    expect(new Set(spans().map((one) => one.spanContext().traceId))).toEqual(new Set([job.traceId]))
  })

  it('shows why a job did not end well, by codes alone', async () => {
    const { provider, span } = recorder()
    const observe = otel({ tracerProvider: provider })
    const broken = run('broken', () => {
      throw new TypeError('a secret')
    })
    await using s = await stage(link, { agents: [broken], observe })
    const client = await s.connect({ observe })
    await expect((await client.submit('broken', 1)).result()).rejects.toThrow()
    await expect(client.submit('nobody', 1)).rejects.toThrow()
    expect(span('invoke_agent broken')).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': 'TypeError' },
      events: [],
    })
    expect(span('job broken')).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': 'INTERNAL_ERROR', 'arcp.job.cause': 'threw' },
    })
    expect(span('submit broken').attributes['error.type']).toBe('INTERNAL_ERROR')
    expect(span('submit nobody').attributes['error.type']).toBe('AGENT_NOT_AVAILABLE')
  })
})
