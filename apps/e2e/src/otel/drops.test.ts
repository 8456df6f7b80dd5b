import { connect } from '@arcp/client'
import { otel } from '@arcp/otel'
import { agent } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { links } from '../links'
import { droppedOnce, pullable } from '../pullable'
import { followContexts, inSpan, recorder } from './recorder'

let stop: () => void
beforeAll(() => {
  stop = followContexts()
})
afterAll(() => stop())

describe.each(links)('$name, a job that outlives a connection', ({ open }) => {
  it('stays one trace: that it was dropped, resumed and taken over are events and links of its span', async () => {
    const { provider, span, spans } = recorder()
    const observe = otel({ tracerProvider: provider })
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    await using runtime = createRuntime({
      name: 'test',
      version: '1.0.0',
      auth: staticTokens({ t: 'ada' }),
      agents: [
        implement(agent({ name: 'work', version: '1.0.0' }), async (_, ctx) => {
          await ctx.log({ level: 'info', message: 'before' })
          await finished
          provider.getTracer('agent').startSpan('own').end()
        }),
      ],
      observe,
    })
    await using link = await open(runtime)
    const { dialer, pull } = pullable(link.dialer)
    await using client = await connect(dialer, { token: 't', observe, limits: { backoffMs: 1 } })
    const job = await inSpan(provider, 'application', async (own) => {
      const submitted = await client.submit('work', 1)
      own.end()
      return submitted
    })
    const events = job.events()
    for await (const { type } of events) if (type === 'job.log') break
    await droppedOnce(client, pull)
    await using other = await connect(link.dialer, { token: 't', observe })
    const token = job.resumeToken ?? ''
    const taken = await inSpan(provider, 'second application', async (own) => {
      const resumed = await other.submit('work', null, { resumeToken: token })
      own.end()
      return resumed
    })
    finish()
    await taken.result()
    await job.result()

    const work = span('job work')
    expect(work.events.map(({ name }) => name)).toEqual([
      'arcp.session.parked',
      'arcp.session.resumed',
      'arcp.job.resumed',
      'arcp.job.owner_changed',
    ])
    const [first, second] = spans().filter(({ name }) => name === 'submit work')
    expect(work.links.map(({ context }) => context.spanId)).toEqual([
      [first, second].find((one) => one?.spanContext().traceId !== job.traceId)?.spanContext().spanId,
    ])
    expect(work.parentSpanContext?.spanId).toBe(
      [first, second].find((one) => one?.spanContext().traceId === job.traceId)?.spanContext().spanId,
    )
    const within = spans().filter((one) => one.spanContext().traceId === job.traceId)
    expect(within.map(({ name }) => name).sort()).toEqual(
      ['application', 'arcp.job.started', 'invoke_agent work', 'job work', 'own', 'submit work'].sort(),
    )
    expect(span('own').parentSpanContext?.spanId).toBe(span('invoke_agent work').spanContext().spanId)
  })
})
