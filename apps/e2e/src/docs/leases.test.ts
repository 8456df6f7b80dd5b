import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, connect } from '@arcp/client'
import { agent, isArcpError, type JobEvent, type Lease, systemClock } from '@arcp/protocol'
import { covers, leaseDuration } from '@arcp/protocol/lease'
import { memoryDialer } from '@arcp/protocol/transport'
import { createRuntime, implement, runAgent, staticTokens } from '@arcp/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { notesOf } from './examples/leases/asking'
import { audit } from './examples/leases/auditing'
import { ordersAgent } from './examples/leases/authorizing'
import { clerkAgent } from './examples/leases/calling'
import { host } from './examples/leases/ceiling'
import { mayRead, tooMuch } from './examples/leases/comparing'
import { bookAgent, pageAgent } from './examples/leases/delegating'
import { notesAgent } from './examples/leases/denied'
import { watcherAgent } from './examples/leases/ending'
import { painterAgent } from './examples/leases/reserving'
import { translatorAgent } from './examples/leases/spending'
import { codeBlocks, sectionsOf, tableRows } from './markdown'
import { read } from './repository'

const page = read('docs/leases.md')
let root = ''

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'arcp-leases-')))
  await mkdir(join(root, 'notes'))
  await writeFile(join(root, 'notes/today.md'), '- call Ada')
  await writeFile(join(root, 'private.md'), 'not for others')
  await symlink('../private.md', join(root, 'notes/link.md'))
  await symlink('nowhere.md', join(root, 'notes/lost.md'))
})

afterAll(() => rm(root, { recursive: true }))

/** What stands in backticks in each cell of a section's tables. */
function table(title: string): string[][][] {
  return tableRows(sectionText(title)).map((row) =>
    row.map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, it]) => it ?? '')),
  )
}

function sectionText(title: string): string {
  return sectionsOf(page).find((section) => section.title === title)?.text ?? ''
}

/** A client of a runtime with the notes. */
async function withClient<T>(token: string, use: (client: Client) => Promise<T>): Promise<T> {
  const runtime = host(root)
  const client = await connect(memoryDialer(runtime), { token })
  try {
    return await use(client)
  } finally {
    await client.close()
    await runtime.close()
  }
}

const metrics = (events: readonly JobEvent[]) =>
  events.flatMap((event) => (event.type === 'job.metric' ? [[event.name, event.value]] : []))

it('shows the code that is run here, and no other', () => {
  const names = [
    'asking',
    'denied',
    'comparing',
    'ceiling',
    'calling',
    'spending',
    'reserving',
    'ending',
    'delegating',
    'authorizing',
    'auditing',
  ]
  expect(codeBlocks(page, 'ts')).toEqual(
    names.map((name) => read(`apps/e2e/src/docs/examples/leases/${name}.ts`)),
  )
})

describe('nothing unless asked for', () => {
  it('a submit asks for what its job needs', async () => {
    expect(await withClient('demo-token', (client) => notesOf(client, 'today'))).toBe('- call Ada')
  })

  const rows = table('Nothing unless asked for')
  const [granted, linked, faulty] = [rows.slice(0, 6), rows.slice(6, 11), rows.slice(11)]

  it.each(granted)('with the lease %s: %s', async ([lease = ''], [result]) => {
    const run = await runAgent(notesAgent, { day: 'today' }, { fsRoot: root, lease: JSON.parse(lease) })
    expect(run.result).toBe(result)
  })

  it.each(linked)('with the lease %s the notes of %s: %s', async ([lease = ''], [day = ''], [result]) => {
    const run = await runAgent(notesAgent, { day }, { fsRoot: root, lease: JSON.parse(lease) })
    expect(run.result).toBe(result)
  })

  it.each(faulty)('the lease %s is at fault at %s', async ([lease = ''], [path]) => {
    const refused = withClient('demo-token', (client) => {
      return client.submit('notes', { day: 'today' }, { lease: JSON.parse(lease) })
    })
    const issues = [expect.objectContaining({ path: expect.stringContaining(path ?? '?') })]
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST', details: { issues } })
  })
})

describe('patterns', () => {
  const rows = table('Patterns').filter((row) => row.length === 4)

  it.each(rows)(
    'of %s: %s covers %s, and not %s',
    ([namespace = ''], [pattern = ''], inside = [], outside = []) => {
      const lease = { [namespace]: [pattern] }
      for (const target of inside) expect(covers(lease, namespace, target), target).toBe(true)
      for (const target of outside) expect(covers(lease, namespace, target), target).toBe(false)
      expect([inside.length, outside.length]).not.toContain(0)
    },
  )

  it.each(table('Patterns').filter((row) => row.length === 2))(
    'of %s too much is %s',
    ([asked = ''], [told]) => {
      expect(tooMuch(JSON.parse(asked))).toBe(told)
    },
  )

  it('tell what may be read', () => {
    expect([mayRead('/srv/team/a'), mayRead('/srv/team-b/a')]).toEqual([true, false])
  })
})

describe('ceilings', () => {
  it.each(table('Ceilings'))('%s asks for %s and gets %s', async ([who], [asked = ''], told = []) => {
    const lease: Lease = JSON.parse(asked)
    const outcome = await withClient(who === 'ada' ? 'demo-token' : 'guest-token', async (client) => {
      try {
        const job = await client.submit('notes', { day: 'today' }, { lease })
        return [job.lease, job.budget].flatMap((one) => (one ? [JSON.stringify(one)] : []))
      } catch (error) {
        if (!isArcpError(error, 'PERMISSION_DENIED')) throw error
        return [error.details?.namespace, error.details?.pattern]
      }
    })
    expect(outcome).toEqual(told)
  })
})

it.each(tableRows(sectionText('What is looked at first')))(
  'time over: %s, money spent: %s, covered: %s: %s',
  async (time, money, covered, outcome) => {
    const clock = { ...systemClock, now: () => systemClock.now() + slept }
    let slept = 0
    let decided: string | undefined
    const trying = implement(agent({ name: 'trying', version: '1.0.0' }), async (_, ctx) => {
      if (money === 'yes') await ctx.spend('USD', 1)
      if (time === 'yes') slept = 3_600_000
      decided = await ctx.model(covered === 'yes' ? 'small' : 'large').then(
        () => 'happens',
        (error) => `\`${error.code}\``,
      )
    })
    const lease = { 'model.use': ['small'], 'cost.budget': ['USD:1'] }
    await runAgent(trying, null, { lease, expiresInS: 3_600, clock })
    expect(decided).toBe(outcome)
  },
)

it.each(table('Tools'))('with %s a tool gives %s, and %s', async ([lease = ''], [expected], told) => {
  const { result, error, events } = await runAgent(clerkAgent, { order: '42' }, { lease: JSON.parse(lease) })
  expect(isArcpError(error) ? error.code : String(result)).toBe(expected)
  expect(events.slice(2, -1).map(({ type }) => type)).toEqual(told)
})

describe('money', () => {
  it('that is used up ends the work', async () => {
    const lease = { 'model.use': ['*'], 'cost.budget': ['USD:1.00'] }
    const { result, events } = await runAgent(translatorAgent, null, { lease })
    expect(result).toEqual(['one', 'two', 'three'])
    expect(metrics(events)).toEqual([
      ['cost.translation', 0.4],
      ['cost.budget.remaining', 0.6],
      ['cost.translation', 0.4],
      ['cost.budget.remaining', 0.2],
      ['cost.translation', 0.4],
      ['cost.budget.remaining', -0.2],
      ['cost.budget.remaining', -0.2],
    ])
    const unlimited = await runAgent(translatorAgent, null, { lease: { 'model.use': ['*'] } })
    expect(unlimited.result).toHaveLength(5)
  })

  it('that is set aside is there when it is needed', async () => {
    const lease = { 'model.use': ['paint'], 'cost.budget': ['USD:1.00'] }
    const { result } = await runAgent(painterAgent, null, { lease })
    expect(result).toEqual({
      painted: ['sea', 'sky', 'sun'],
      budget: { USD: { granted: '1', spent: '0.75', reserved: '0', remaining: '0.25' } },
    })
  })
})

it('time that is over ends the job', async () => {
  const { state, error, events } = await runAgent(watcherAgent, null, { expiresInS: 0.05 })
  expect(state).toBe('failed')
  expect(error).toMatchObject({ code: 'LEASE_EXPIRED' })
  expect(events).toContainEqual(expect.objectContaining({ type: 'job.status', phase: 'watching' }))
})

it.each(table('Time'))('a lease of %s lasts %s', ([constraints = ''], [expected]) => {
  const lasting = leaseDuration(JSON.parse(constraints), Date.UTC(2026, 0, 1))
  expect('fault' in lasting ? 'INVALID_REQUEST' : String((lasting.ms ?? 0) / 1_000)).toBe(expected)
})

it('what is handed on comes out of what there is', async () => {
  const lease = {
    'agent.delegate': ['page'],
    'model.use': ['translate-*'],
    'cost.budget': ['USD:1.20'],
  }
  const pages = ['one', 'two', 'a long third page', 'four']
  const { result } = await runAgent(bookAgent, pages, { agents: [pageAgent], lease })
  expect(result).toEqual({
    translated: ['ONE', 'TWO', 'A LONG THIRD PAGE', null],
    budget: { USD: { granted: '1.2', spent: '1.1', reserved: '0', remaining: '0.1' } },
  })
})

it.each(table('Handing work on'))(
  'of %s a child gets %s: %s',
  async ([parent = ''], [child = ''], [outcome]) => {
    const echo = implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)
    const top = implement(agent({ name: 'top', version: '1.0.0' }), (_, ctx) =>
      ctx.delegate('echo', null, { lease: JSON.parse(child) }).then(
        () => 'granted',
        ({ code }) => code,
      ),
    )
    const lease = { 'agent.delegate': ['echo'], ...JSON.parse(parent) }
    expect((await runAgent(top, null, { agents: [echo], lease })).result).toBe(outcome)
  },
)

it("a vendor's namespace is asked for before the agent acts", async () => {
  const lease = { 'x-acme.db': ['orders/4*'] }
  expect((await runAgent(ordersAgent, { order: '42' }, { lease })).result).toBe('two apples')
  const { error, events } = await runAgent(ordersAgent, { order: '7' }, { lease })
  expect(error).toMatchObject({ code: 'PERMISSION_DENIED' })
  expect(events.slice(2, 4)).toMatchObject([
    { type: 'job.tool_call', tool: 'x-acme.db' },
    { type: 'job.tool_result', error: { code: 'PERMISSION_DENIED' } },
  ])
})

it('each decision is told to whoever watches', async () => {
  const lines: string[] = []
  const runtime = createRuntime({
    name: 'docs',
    version: '1.0.0',
    auth: staticTokens({ 'demo-token': 'ada' }),
    agents: [notesAgent],
    fsRoot: root,
    observe: audit((line) => lines.push(line.replace(root, '/srv'))),
  })
  const client = await connect(memoryDialer(runtime), { token: 'demo-token' })
  await notesOf(client, 'today')
  await (await client.submit('notes', { day: 'today' })).result()
  await client.close()
  await runtime.close()
  expect(lines).toHaveLength(2)
  for (const line of lines) expect(page).toContain(`\`${line}\``)
})

it.each(table('Who watches'))('%s is told as %s', async ([url = ''], [told]) => {
  const lines: string[] = []
  const fetching = implement(agent({ name: 'fetching', version: '1.0.0' }), (_, ctx) =>
    ctx
      .fetch(url)
      .catch((error) => String(error.message))
      .then(String),
  )
  const runtime = createRuntime({
    name: 'docs',
    version: '1.0.0',
    auth: staticTokens({ 'demo-token': 'ada' }),
    agents: [fetching],
    observe: audit((line) => lines.push(line)),
  })
  const client = await connect(memoryDialer(runtime), { token: 'demo-token' })
  await (await client.submit('fetching', null)).result()
  await client.close()
  await runtime.close()
  expect(lines).toEqual([expect.stringContaining(` net.fetch ${told}: `)])
})
