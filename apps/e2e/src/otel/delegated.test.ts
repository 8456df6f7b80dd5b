import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from '@arcp/client'
import { otel } from '@arcp/otel'
import { agent } from '@arcp/protocol'
import type { Dialer } from '@arcp/protocol/transport'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { gate } from '@arcp/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { links } from '../links'
import { droppedOnce, pullable } from '../pullable'
import { followContexts, inSpan, recorder } from './recorder'

let stop: () => void
beforeAll(() => {
  stop = followContexts()
})
afterAll(() => stop())

const version = '1.0.0'
const secret = new Uint8Array(32).fill(7)

/** A server on loopback that answers every request. */
async function page() {
  const server = createServer((_, response) => void response.end('a page')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

describe.each(links)('$name, a job that is delegated and loses its client once', (link) => {
  it('is one trace over two runtimes, with all it handed out below what its agent was at', async () => {
    const { provider, another, span, spans, tree } = recorder()
    const [atAlpha, atBeta] = [another(), another()]
    const back = gate()
    await using server = await page()

    await using beta = createRuntime({
      name: 'beta',
      version,
      auth: () => undefined,
      agents: [implement(agent({ name: 'helper', version }), (input) => input)],
      delegation: { trusted: [{ issuer: 'alpha', algorithm: 'HS256', secret }] },
      observe: otel({ tracerProvider: atBeta }),
    })
    await using toBeta = await link.open(beta)

    /** What the holder of a delegation token does with it: it is the client of another runtime. */
    const ask = async (dialer: Dialer, token: string) => {
      await using inner = await connect(dialer, { token, observe: otel({ tracerProvider: atAlpha }) })
      return await (await inner.submit('helper', 7)).result()
    }
    const research = implement(agent({ name: 'research', version }), async (_, ctx) => {
      await ctx.tool('search', {}, async () => atAlpha.getTracer('tool').startSpan('look it up').end())
      await ctx.model('gpt')
      await (await ctx.fetch(`${server.origin}/page?of=secrets`)).text()
      const child = await ctx.delegate('work', 3)
      await ctx.log({ level: 'info', message: 'handed out' })
      const worked = await child.result()
      return [
        worked,
        await ask(toBeta.dialer, await ctx.createDelegationToken(['agent:helper'], { audience: 'beta' })),
      ]
    })
    const work = implement(agent({ name: 'work', version }), async (input) => {
      await back.promise
      atAlpha.getTracer('agent').startSpan('in the child').end()
      return input
    })
    await using alpha = createRuntime({
      name: 'alpha',
      version,
      auth: staticTokens({ t: 'ada' }),
      agents: [research, work],
      ceiling: (_, reference) => (reference.startsWith('research') ? { ...lease(server.origin) } : {}),
      delegation: { key: { algorithm: 'HS256', secret } },
      observe: otel({ tracerProvider: atAlpha }),
    })
    await using toAlpha = await link.open(alpha)

    const { dialer, pull } = pullable(toAlpha.dialer)
    const observe = otel({ tracerProvider: provider })
    await using client = await connect(dialer, { token: 't', observe, limits: { backoffMs: 1 } })
    const options = { lease: lease(server.origin), idempotencyKey: 'k' }
    const job = await inSpan(provider, 'application', async (own) => {
      const submitted = await client.submit('research', 0, options)
      for await (const { type } of submitted.events()) if (type === 'job.log') break
      await droppedOnce(client, pull)
      const again = await client.submit('research', 0, options)
      expect(again.id).toBe(submitted.id)
      back.open()
      expect(await again.result()).toEqual([3, 7])
      await submitted.result()
      own.end()
      return submitted
    })

    const below = (above: string, ...names: string[]) => names.map((name) => `${above} > ${name}`)
    const jobOf = (above: string, name: string) => [
      `${above} > job ${name}`,
      ...below(`${above} > job ${name}`, 'arcp.job.started', `invoke_agent ${name}`),
    ]
    const submit = 'application > submit research'
    const at = `${submit} > job research > invoke_agent research`
    expect(tree()).toEqual(
      [
        'application',
        submit,
        submit,
        ...jobOf(submit, 'research'),
        ...below(at, 'execute_tool search', 'execute_tool search > look it up', 'authorize_model gpt', 'GET'),
        ...below(at, 'delegate work', 'submit helper'),
        ...jobOf(`${at} > delegate work`, 'work'),
        `${at} > delegate work > job work > invoke_agent work > in the child`,
        ...jobOf(`${at} > submit helper`, 'helper'),
      ].sort(),
    )
    expect(new Set(spans().map((one) => one.spanContext().traceId))).toEqual(new Set([job.traceId]))
    for (const name of ['job work', 'job helper']) {
      expect(span(name).attributes['arcp.job.parent_id']).toBe(job.id)
    }
    expect(span('job research').parentSpanContext?.isRemote).toBe(true)
    expect(span('job helper').parentSpanContext?.isRemote).toBe(true)
    expect(span('job work').parentSpanContext?.isRemote).toBeFalsy()

    // The job was dropped with its child, and taken up by a second submit, which its span links to; nothing else is linked.
    const names = (of: string) => span(of).events.map(({ name }) => name)
    expect(names('job research')).toEqual(['arcp.session.parked', 'arcp.session.resumed', 'arcp.job.resumed'])
    expect(names('job work')).toEqual(['arcp.session.parked', 'arcp.session.resumed'])
    const submits = spans().filter(({ name }) => name === 'submit research')
    const linked = submits.filter(
      (one) => one.spanContext().spanId !== span('job research').parentSpanContext?.spanId,
    )
    expect(spans().flatMap(({ links }) => links.map(({ context }) => context.spanId))).toEqual(
      linked.map((one) => one.spanContext().spanId),
    )
    expect(span('job research').links).toHaveLength(1)
    expect(spans().filter(({ status }) => status.code !== 0)).toEqual([])
    const said = JSON.stringify(
      spans().map(({ name, attributes, events, links }) => [name, attributes, events, links]),
    )
    expect(said).not.toMatch(/secret|eyJ|ar[sj]_/)
  })
})

function lease(origin: string) {
  return {
    'tool.call': ['search'],
    'model.use': ['gpt'],
    'net.fetch': [`${origin}/**`],
    'agent.delegate': ['work', 'helper'],
  }
}
