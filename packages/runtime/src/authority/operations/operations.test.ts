import { once } from 'node:events'
import { symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isArcpError, type JobEvent, type Lease, systemClock } from '@arcp/protocol'
import type { Observation } from '@arcp/protocol/observe'
import { describe, expect, it } from 'vitest'
import type { AgentContext } from '../../jobs/context'
import { type RunAgentOptions, runAgent } from '../../run-agent'
import { acting } from '../../testing/acting'
import { agentOf } from '../../testing/agents'
import { tempDirectory } from '../../testing/temp-directory'
import { expectNoUnhandled } from '../../testing/unhandled'

expectNoUnhandled()

const denied = { code: 'PERMISSION_DENIED' }

/** Runs `act` as an agent: what it returned or threw, and the events between start and end. */
async function run<T>(act: (ctx: AgentContext) => Promise<T>, options: RunAgentOptions) {
  const outcome: { value?: T; error?: unknown } = {}
  const agent = agentOf('acting', async (_, ctx) => {
    try {
      outcome.value = await act(ctx)
    } catch (error) {
      outcome.error = error
    }
  })
  const { events } = await runAgent(agent, null, options)
  const told = events.slice(2, -1).map(({ seq: _, ts: __, ...event }: JobEvent) => event)
  return { ...outcome, told }
}

describe('the operations of an agent', () => {
  it('reach the files below the root of the runtime that its lease names', async () => {
    await using directory = await tempDirectory({ 'src/a.txt': 'a', 'b.txt': 'b' })
    const options = { fsRoot: directory.path, lease: { 'fs.read': ['src/**'], 'fs.write': ['out/*'] } }
    const { value, told } = await run(async ({ fs }) => {
      await fs.makeDirectory('out').catch((error: unknown) => expect(error).toMatchObject(denied))
      return [
        await fs.readFile('src/a.txt'),
        await fs.list('src'),
        await fs.readFile(`${directory.path}/src/a.txt`),
      ]
    }, options)
    expect(value).toEqual(['a', [{ name: 'a.txt', type: 'file' }], 'a'])
    expect(told).toMatchObject([
      { type: 'job.tool_call', tool: 'fs.write', args: { target: 'out' } },
      { type: 'job.tool_result', error: denied },
    ])
    const { error } = await run(({ fs }) => fs.readFile('b.txt'), options)
    expect(error).toMatchObject({ ...denied, details: { namespace: 'fs.read', target: 'b.txt' } })
  })

  it('use the models its lease names', async () => {
    const lease = { 'model.use': ['small', 'vendor/*'] }
    const { value, told } = await run(
      async (ctx) => {
        await ctx.model('small')
        await ctx.model('vendor/any')
        return ctx.model('large').catch((error: unknown) => error)
      },
      { lease },
    )
    expect(value).toMatchObject({ ...denied, details: { namespace: 'model.use', target: 'large' } })
    expect(told).toMatchObject([
      { type: 'job.tool_call', tool: 'model.use', args: { target: 'large' } },
      { type: 'job.tool_result', error: denied },
    ])
  })

  it('ask for anything by its namespace', async () => {
    await using directory = await tempDirectory({ 'a.txt': 'a' })
    const lease = { 'x-acme.db': ['orders/*'], 'fs.read': ['*'], 'net.fetch': ['https://example.com/**'] }
    const { value } = await run(
      async (ctx) => {
        await ctx.authorize('x-acme.db', 'orders/1')
        await ctx.authorize('fs.read', 'a.txt')
        await ctx.authorize('net.fetch', 'https://EXAMPLE.com/x')
        const asked: [string, string][] = [
          ['x-acme.db', 'users/1'],
          ['x-acme.other', 'orders/1'],
          ['fs.read', '../a.txt'],
          ['fs.write', 'a.txt'],
          ['net.fetch', 'https://example.org/'],
          ['cost.budget', 'USD:1'],
          ['__proto__', 'x'],
        ]
        const codes = asked.map(([namespace, target]) =>
          ctx.authorize(namespace, target).catch((error: unknown) => isArcpError(error) && error.code),
        )
        return Promise.all([
          ...codes,
          ctx.model(5 as never).catch((error: unknown) => isArcpError(error) && error.code),
        ])
      },
      { lease, fsRoot: directory.path },
    )
    expect(value).toEqual([...Array(7).fill('PERMISSION_DENIED'), 'INVALID_REQUEST'])
  })

  it('are denied alike to who asks and who fetches, where a host is not public (R-AUT-11)', async () => {
    const lease = { 'net.fetch': ['**', 'http://**/**', 'http://127.0.0.*/**', 'http://localhost:1/a/**'] }
    const urls = ['http://127.0.0.1:1/', 'http://[::1]:1/', 'http://169.254.169.254/', 'http://localhost:1/b']
    const { value } = await run(
      async (ctx) => {
        await ctx.authorize('net.fetch', 'http://localhost:1/a/b')
        const tries = urls.flatMap((url) => [ctx.authorize('net.fetch', url), ctx.fetch(url)])
        return (await Promise.allSettled(tries)).map(
          (tried) => tried.status === 'rejected' && tried.reason.code,
        )
      },
      { lease, ceiling: () => lease },
    )
    expect(value).toEqual(Array(8).fill('PERMISSION_DENIED'))
  })

  it('say that the time is over first, whatever else is wrong with them', async () => {
    await using directory = await tempDirectory({})
    await symlink('loop', join(directory.path, 'loop'))
    let slept = 0
    const clock = { ...systemClock, now: () => systemClock.now() + slept }
    const { value, told } = await run(
      async (ctx) => {
        slept = 3_600_000
        const tries = [
          ctx.fs.readFile('loop'),
          ctx.fs.makeDirectory('a\0b'),
          ctx.fs.list(''),
          ctx.authorize('fs.write', 'loop'),
          ctx.fetch('file:///etc/passwd'),
          ctx.fetch('http://ada:pw@127.0.0.1/'),
          ctx.authorize('x-a.b', 5 as never),
          ctx.tool('t', {}, () => expect.unreachable()),
          (async () => ctx.reserve('USD', 1))(),
        ]
        return (await Promise.allSettled(tries)).map(
          (tried) => tried.status === 'rejected' && tried.reason.code,
        )
      },
      { lease: { 'tool.call': ['*'] }, fsRoot: directory.path, expiresInS: 3_600, clock },
    )
    expect(value).toEqual(Array(9).fill('LEASE_EXPIRED'))
    // All but the reservation, which is no call.
    expect(told.filter(({ type }) => type === 'job.tool_call')).toHaveLength(8)
  })

  it('tell observers of each decision, and nobody of secrets', async () => {
    const seen: Observation[] = []
    await acting(
      async (ctx) => {
        await ctx.model('small')
        await ctx
          .fetch('http://127.0.0.1:1/x?key=secret', { headers: { authorization: 'secret' } })
          .catch(() => {})
      },
      { lease_request: { 'model.use': ['small'], 'net.fetch': ['https://example.com/**'] } },
      { observe: { observe: (observation) => void seen.push(observation) } },
    )
    const decisions = seen.filter(({ type }) => type.startsWith('operation.'))
    expect(decisions).toMatchObject([
      { type: 'operation.allowed', namespace: 'model.use', target: 'small' },
      { type: 'operation.denied', namespace: 'net.fetch', target: 'http://127.0.0.1:1/x', ...denied },
    ])
    expect(JSON.stringify(seen)).not.toContain('secret')
  })

  it('that fail and are not looked at harm nobody', async () => {
    const { value } = await run(async (ctx) => {
      void ctx.model('m')
      void ctx.authorize('fs.read', '')
      void ctx.fetch('nowhere')
      void ctx.fs.readFile('a')
      void ctx.fs.writeFile('a', '')
      void ctx.fs.list('')
      await new Promise(setImmediate)
      return 'done'
    }, {})
    expect(value).toBe('done')
  })

  it('end with the lease, also what is half-way through', async () => {
    const server = createServer((_, response) => void response.write('some')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const lease: Lease = { 'net.fetch': [`${url}**`], 'model.use': ['m'] }
    let slept = 0
    const clock = { ...systemClock, now: () => systemClock.now() + slept }
    const { error, value } = await run(
      async (ctx) => {
        await ctx.model('m')
        const response = await ctx.fetch(url)
        slept = 3_600_000
        const read = await response.text().catch((error: unknown) => error)
        return [read, await ctx.model('m').catch((error: unknown) => error)]
      },
      { lease, ceiling: () => lease, expiresInS: 3_600, clock },
    )
    expect(error).toBeUndefined()
    expect(value).toMatchObject([{ code: 'LEASE_EXPIRED' }, { code: 'LEASE_EXPIRED' }])
    server.closeAllConnections()
    server.close()
  })

  it('end with the money', async () => {
    const lease = { 'model.use': ['m'], 'cost.budget': ['USD:1'] }
    const { value, told } = await run(
      async (ctx) => {
        await ctx.model('m')
        await ctx.spend('USD', 1)
        return ctx.model('m').catch((error: unknown) => error)
      },
      { lease },
    )
    expect(value).toMatchObject({ code: 'BUDGET_EXHAUSTED' })
    expect(told.at(-2)).toMatchObject({ type: 'job.tool_result', error: { code: 'BUDGET_EXHAUSTED' } })
  })
})
