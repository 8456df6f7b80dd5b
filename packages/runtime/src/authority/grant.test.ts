import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lease } from '@arcp/protocol'
import { gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import type { RuntimeOptions } from '../options'
import { echo } from '../testing/agents'
import { drive, harness, refusal, submitted } from '../testing/harness'
import { tempDirectory } from '../testing/temp-directory'
import { expectNoUnhandled } from '../testing/unhandled'

expectNoUnhandled()

const agents = [echo]

/** The answer of a runtime like this to a submit that asks for a lease. */
async function asked(submit: object, options: Partial<RuntimeOptions> = {}) {
  await using h = harness({ agents, ...options })
  const peer = await h.connect()
  const id = peer.request('job.submit', { agent: 'echo', ...submit })
  const { type, payload } = await peer.next(({ payload: { request_id } }) => request_id === id)
  return { type, payload, logged: h.logged }
}

const denied = (namespace: string, pattern: string) => ({
  type: 'session.error',
  payload: { code: 'PERMISSION_DENIED', retryable: false, details: { namespace, pattern } },
})
const invalid = (path: string) => ({
  type: 'session.error',
  payload: { code: 'INVALID_REQUEST', retryable: false, details: { issues: [{ path }] } },
})
const granted = (lease: Lease) => ({ type: 'job.accepted', payload: { lease } })

describe('without a ceiling of its own a runtime grants', () => {
  it.each([
    ['tools', { 'tool.call': ['**'] }],
    ['models', { 'model.use': ['gpt-*', 'local/**'] }],
    ["other agents, and a vendor's own", { 'agent.delegate': ['report'], 'x-acme.db': ['orders/*'] }],
    ['URLs of public hosts', { 'net.fetch': ['https://api.example.com/**', 'https://*/**', '**'] }],
    ['any budget', { 'cost.budget': ['USD:999999999.999999', 'EUR:1'] }],
  ])('%s as asked', async (_, lease_request) => {
    expect(await asked({ lease_request })).toMatchObject(granted(lease_request))
  })

  it('no files, unless it has a root for them (R-AUT-4)', async () => {
    const lease_request = { 'tool.call': ['a'], 'fs.read': ['src/**'] }
    expect(await asked({ lease_request })).toMatchObject(denied('fs.read', 'src/**'))
    expect(await asked({ lease_request: { 'fs.write': ['/tmp/**'] } })).toMatchObject(
      denied('fs.write', '/tmp/**'),
    )
  })

  it('files below its root, told as they were asked for', async () => {
    await using root = await tempDirectory({ 'src/a.ts': '' })
    const lease_request = { 'fs.read': ['src/**', `${root.path}/**`, '*/new/x', '.'], 'fs.write': [] }
    expect(await asked({ lease_request }, { fsRoot: root.path })).toMatchObject(granted(lease_request))
  })

  it.each(['/**', '..', '../**', 'src/../../x', '/etc/passwd', 'out/**', 'out', 'lost/x'])(
    'no file beyond it: %s (R-AUT-4)',
    async (pattern) => {
      await using root = await tempDirectory({ 'src/a.ts': '' })
      await symlink('/etc', join(root.path, 'out'))
      await symlink('nowhere', join(root.path, 'lost'))
      const lease_request = { 'fs.read': ['src/*', pattern] }
      expect(await asked({ lease_request }, { fsRoot: root.path })).toMatchObject(denied('fs.read', pattern))
    },
  )

  it('no sibling of its root that begins alike', async () => {
    await using parent = await tempDirectory({ 'root/a': '', 'root-b/a': '' })
    const lease_request = { 'fs.read': ['../root-b/**'] }
    expect(await asked({ lease_request }, { fsRoot: join(parent.path, 'root') })).toMatchObject(
      denied('fs.read', '../root-b/**'),
    )
  })

  it.each(['http://localhost:3000/**', 'http://127.0.0.1/', 'http://[::1]/**', 'http://10.0.0.*/**'])(
    'no host that is not public: %s (R-AUT-4)',
    async (pattern) => {
      const lease_request = { 'net.fetch': ['https://a.example/**', pattern] }
      expect(await asked({ lease_request })).toMatchObject(denied('net.fetch', pattern))
    },
  )
})

describe('a ceiling', () => {
  const ceiling = (lease: Lease) => ({ ceiling: () => lease })

  it('is asked for each job, by who asks and for which agent', async () => {
    const seen: unknown[] = []
    const options: Partial<RuntimeOptions> = {
      ceiling: async (scope, agent) => {
        seen.push(scope, agent)
        return { 'tool.call': [`${scope.principal}.*`] }
      },
    }
    expect(await asked({ lease_request: { 'tool.call': ['ada.*'] } }, options)).toMatchObject({
      type: 'job.accepted',
    })
    expect(await asked({ lease_request: { 'tool.call': ['bob.x'] } }, options)).toMatchObject(
      denied('tool.call', 'bob.x'),
    )
    expect(seen.slice(0, 2)).toEqual([{ principal: 'ada', chain: [] }, 'echo@1.0.0'])
  })

  it.each([
    ['a namespace it does not name', { 'model.use': ['m'] }, 'model.use', 'm'],
    ['a pattern that reaches further', { 'tool.call': ['search.a', 'search.**'] }, 'tool.call', 'search.**'],
    ['more money', { 'cost.budget': ['EUR:7', 'USD:0.6', 'USD:0.5'] }, 'cost.budget', 'USD:0.5'],
    ['its money, spelled differently', { 'cost.budget': ['EUR:7', 'usd:0.1'] }, 'cost.budget', 'usd:0.1'],
    ["a vendor's own", { 'x-acme.db': ['orders'] }, 'x-acme.db', 'orders'],
  ])('refuses %s, and cuts nothing down (R-AUT-4)', async (_, lease_request, namespace, pattern) => {
    const options = ceiling({ 'tool.call': ['search.*'], 'cost.budget': ['USD:1'] })
    expect(await asked({ lease_request }, options)).toMatchObject(denied(namespace, pattern))
  })

  it('covers hosts that are not public only where it names them', async () => {
    const lease_request = { 'net.fetch': ['http://127.0.0.1:8080/api/**'] }
    expect(await asked({ lease_request }, ceiling({ 'net.fetch': ['**'] }))).toMatchObject(
      denied('net.fetch', 'http://127.0.0.1:8080/api/**'),
    )
    const named = ceiling({ 'net.fetch': ['https://**/**', 'http://127.0.0.1:8080/**'] })
    expect(await asked({ lease_request }, named)).toMatchObject(granted(lease_request))
    const wild = ceiling({ 'net.fetch': ['http://127.0.0.*:8080/**', 'http://127.**:8080/**'] })
    expect(await asked({ lease_request }, wild)).toMatchObject(
      denied('net.fetch', 'http://127.0.0.1:8080/api/**'),
    )
  })

  it('names files absolutely, or below the root', async () => {
    await using root = await tempDirectory({ 'src/a.ts': '' })
    await mkdir(join(root.path, 'data'))
    await symlink('data', join(root.path, 'link'))
    const options = { fsRoot: root.path, ...ceiling({ 'fs.read': ['link/**'], 'fs.write': ['/tmp/x/*'] }) }
    const lease_request = { 'fs.read': [`${root.path}/data/*`, 'link/a'], 'fs.write': ['/tmp/x/y'] }
    expect(await asked({ lease_request }, options)).toMatchObject(granted(lease_request))
    expect(await asked({ lease_request: { 'fs.read': ['src/a.ts'] } }, options)).toMatchObject(
      denied('fs.read', 'src/a.ts'),
    )
  })

  it('that names a currency limits it, asked for or not', async () => {
    const options = ceiling({ 'cost.budget': ['USD:2', 'USD:0.50', 'EUR:1'] })
    const { payload } = await asked({ lease_request: { 'cost.budget': ['USD:1', 'JPY:100'] } }, options)
    expect(payload).toMatchObject({
      lease: { 'cost.budget': ['USD:1', 'JPY:100'] },
      budget: { USD: '1', EUR: '1', JPY: '100' },
    })
    expect((await asked({}, options)).payload).toMatchObject({ lease: {}, budget: { USD: '2.5', EUR: '1' } })
    expect((await asked({})).payload).not.toHaveProperty('budget')
  })

  it.each([
    ['throws', () => Promise.reject(new Error('a secret'))],
    ['is of a namespace that is none', () => ({ 'fs.reed': ['**'] })],
    ['is no list of patterns', () => ({ 'tool.call': '**' }) as never],
    ['is a list of something else', () => ({ 'tool.call': [/./] }) as never],
    ['holds no amount', () => ({ 'cost.budget': ['USD'] })],
    ['holds no pattern for files', () => ({ 'fs.read': ['/srv/*/../x'] })],
    ['spells a currency in two ways', () => ({ 'cost.budget': ['USD:1', 'usd:1'] })],
    ['is relative to nothing', () => ({ 'fs.read': ['src/**'] })],
    ['is nothing', () => undefined as never],
  ])('that %s fails the submit with INTERNAL_ERROR, and is logged', async (_, broken) => {
    const { payload, logged } = await asked({}, { ceiling: broken })
    expect(payload).toMatchObject({ code: 'INTERNAL_ERROR', retryable: true })
    expect(JSON.stringify(payload)).not.toContain('secret')
    expect(logged).toMatchObject([
      { level: 'error', message: 'a ceiling failed', fields: { agent: 'echo@1.0.0', principal: 'ada' } },
    ])
  })

  it('may take its time, but no longer than an admission may', async () => {
    const clock = new TestClock()
    await using h = harness({ agents, clock, ceiling: () => gate<Lease>().promise })
    const peer = await drive(clock, h.connect())
    const id = peer.request('job.submit', { agent: 'echo' })
    await clock.elapse(10_000)
    expect(await refusal(peer, id)).toMatchObject({ code: 'INTERNAL_ERROR', retryable: true })
  })
})

describe('a lease that is asked for', () => {
  it.each([
    ['["net.fetch"][1]', { 'net.fetch': ['https://a.example/', 'ftp://a.example/'] }],
    ['["net.fetch"][0]', { 'net.fetch': ['https://ada:secret@a.example/'] }],
    ['["fs.read"][0]', { 'fs.read': ['src/*/../x'] }],
    ['["fs.write"][0]', { 'fs.write': ['a\0b'] }],
  ])('has patterns that mean something: %s', async (path, lease_request) => {
    expect(await asked({ lease_request }, { fsRoot: '.' })).toMatchObject(
      invalid(`payload.lease_request${path}`),
    )
  })

  it.each(['USD', 'USD:', 'USD:1,50', 'USD:-1', 'USD:1e3', '$:1', 'USD:1.0000001', 'USD:1000000000', ':1'])(
    'has a budget that is one, or is refused: %s (R-AUT-7)',
    async (entry) => {
      expect(await asked({ lease_request: { 'cost.budget': ['EUR:1', entry] } })).toMatchObject(
        invalid('payload.lease_request["cost.budget"][1]'),
      )
    },
  )

  it('has so many patterns and currencies, and no more', async () => {
    const limits = { leasePatterns: 3, currencies: 2 }
    const fits = { 'tool.call': ['a'], 'cost.budget': ['USD:1', 'EUR:1'] }
    expect(await asked({ lease_request: fits }, { limits })).toMatchObject({ type: 'job.accepted' })
    const patterns = { ...fits, 'model.use': ['m'] }
    expect(await asked({ lease_request: patterns }, { limits })).toMatchObject(
      invalid('payload.lease_request'),
    )
    const currencies = { 'cost.budget': ['USD:1', 'EUR:1', 'JPY:1'] }
    expect(await asked({ lease_request: currencies }, { limits })).toMatchObject(
      invalid('payload.lease_request["cost.budget"]'),
    )
  })

  it('takes at most a quarter of a frame', async () => {
    const limits = { maxFrameBytes: 16_384 }
    const lease = (length: number) => ({ 'tool.call': Array.from({ length }, () => 'x'.repeat(1_000)) })
    expect(await asked({ lease_request: lease(4) }, { limits })).toMatchObject({ type: 'job.accepted' })
    expect(await asked({ lease_request: lease(5) }, { limits })).toMatchObject(
      invalid('payload.lease_request'),
    )
  })
})

describe('how long a lease shall last', () => {
  const start = Date.UTC(2026, 0, 1)

  async function lasting(lease_constraints: object, ceilingMs = 0) {
    const clock = new TestClock(start)
    const ceiling = () => new Promise<Lease>((resolve) => clock.setTimer(ceilingMs, () => resolve({})))
    await using h = harness({ agents, clock, ceiling })
    const peer = await drive(clock, h.connect())
    const id = peer.request('job.submit', { agent: 'echo', lease_constraints })
    await clock.elapse(ceilingMs)
    return peer.next(({ payload }) => payload.request_id === id)
  }

  it.each([
    ['for a time', { expires_in_s: 90.5 }, '2026-01-01T00:01:30.500Z', 90.5],
    ['until a moment', { expires_at: '2026-01-01T01:00:00Z' }, '2026-01-01T01:00:00.000Z', 3600],
    [
      'until a moment with an offset of none',
      { expires_at: '2026-01-01T00:00:01.5+00:00' },
      '2026-01-01T00:00:01.500Z',
      1.5,
    ],
    [
      'until the earlier of both',
      { expires_in_s: 60, expires_at: '2026-01-01T01:00:00Z' },
      '2026-01-01T00:01:00.000Z',
      60,
    ],
    [
      'until the earlier of both, the other way round',
      { expires_in_s: 60, expires_at: '2026-01-01T00:00:30Z' },
      '2026-01-01T00:00:30.000Z',
      30,
    ],
    ['for ten years', { expires_in_s: 315_000_000 }, '2035-12-25T20:00:00.000Z', 315_000_000],
  ])('%s is told both ways, as at acceptance', async (_, asked, expires_at, expires_in_s) => {
    expect(await lasting(asked)).toMatchObject({
      type: 'job.accepted',
      payload: { accepted_at: '2026-01-01T00:00:00.000Z', lease_constraints: { expires_at, expires_in_s } },
    })
  })

  it.each([
    ['expires_in_s', { expires_in_s: 0 }],
    ['expires_in_s', { expires_in_s: -1 }],
    ['expires_in_s', { expires_in_s: 'soon' }],
    ['expires_in_s', { expires_in_s: 320_000_000 }],
    ['expires_at', { expires_at: 'tomorrow' }],
    ['expires_at', { expires_at: '2026-01-01T00:00:00Z' }],
    ['expires_at', { expires_at: '2025-12-31T23:59:59Z' }],
    ['expires_at', { expires_at: '2026-01-01T02:00:00+01:00' }],
    ['expires_at', { expires_at: '2026-01-01T02:00:00' }],
    ['expires_at', { expires_at: '2026-02-30T00:00:00Z' }],
    ['expires_at', { expires_at: '2036-02-01T00:00:00Z' }],
  ])(
    'is refused where there is no telling, or it is no time to come: %s %j (R-AUT-6)',
    async (field, asked) => {
      expect(await lasting(asked)).toMatchObject(invalid(`payload.lease_constraints.${field}`))
    },
  )

  it('counts from acceptance, and is refused when it is over by then', async () => {
    const asked = { expires_at: '2026-01-01T00:00:05Z' }
    expect(await lasting(asked, 4_000)).toMatchObject({
      payload: {
        accepted_at: '2026-01-01T00:00:04.000Z',
        lease_constraints: { expires_at: '2026-01-01T00:00:05.000Z', expires_in_s: 1 },
      },
    })
    expect(await lasting(asked, 5_000)).toMatchObject(invalid('payload.lease_constraints.expires_at'))
  })

  it('is left out where it does not end', async () => {
    const { payload } = await lasting({})
    expect(payload).not.toHaveProperty('lease_constraints')
  })
})

describe('what is told of a lease', () => {
  it('is the same to whoever follows, lists or asks again', async () => {
    const clock = new TestClock()
    await using h = harness({ agents, clock })
    const peer = await drive(clock, h.connect())
    const submit = {
      agent: 'echo',
      idempotency_key: 'k',
      lease_request: { 'cost.budget': ['USD:1.50'] },
      lease_constraints: { expires_in_s: 100 },
    }
    const { payload, job_id } = await drive(clock, submitted(peer, submit))
    const lease_constraints = { expires_at: '2026-01-01T00:01:40.000Z', expires_in_s: 100 }
    const lease = { 'cost.budget': ['USD:1.50'] }
    const told = { lease, lease_constraints, budget: { USD: '1.5' } }
    expect(payload).toMatchObject(told)
    await clock.elapse(7_000)
    expect((await drive(clock, submitted(peer, submit))).payload).toMatchObject({ resumed: true, ...told })
    peer.request('job.subscribe', { job_id })
    expect((await peer.next('job.subscribed')).payload).toMatchObject(told)
    peer.request('session.list_jobs', {})
    const { jobs } = (await peer.next('session.jobs')).payload as { jobs: unknown[] }
    expect(jobs).toMatchObject([{ job_id, lease, lease_constraints }])
  })
})

it.each(['no/such/directory', 'package.json'])('a runtime is not made with the root %s', (fsRoot) => {
  expect(() => harness({ fsRoot })).toThrow(`fsRoot: ${fsRoot} is no directory`)
})
