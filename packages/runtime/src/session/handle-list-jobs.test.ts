import {
  agent,
  type Clock,
  issuesOf,
  type JobListing,
  type SessionJobs,
  sessionJobsSchema,
  systemClock,
} from '@arcp/protocol'
import { type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { agentOf, echo, heldAgent } from '../testing/agents'
import { asBob, drive, harness, outcome, refusal, submitted } from '../testing/harness'

async function list(peer: ScriptedPeer, payload: object = {}): Promise<SessionJobs> {
  const id = peer.request('session.list_jobs', payload)
  const answer = await peer.next(({ payload }) => payload.request_id === id)
  expect(answer.type, JSON.stringify(answer.payload)).toBe('session.jobs')
  expect(issuesOf(sessionJobsSchema, answer.payload)).toBeUndefined()
  expect(answer.event_seq).toBeUndefined()
  return answer.payload as unknown as SessionJobs
}

const idsOf = ({ jobs }: SessionJobs) => jobs.map(({ job_id }) => job_id)

/** Every page, as one list of ids. */
async function listAll(peer: ScriptedPeer, payload: object): Promise<string[][]> {
  const pages: string[][] = []
  let cursor: string | null = null
  do {
    const page: SessionJobs = await list(peer, { ...payload, cursor })
    pages.push(idsOf(page))
    cursor = page.next_cursor
  } while (cursor !== null)
  return pages
}

/** The machine's clock, but for the time of day, which stands still until it is told otherwise. */
function calendar(): Clock & { advance(ms: number): void } {
  let at = Date.parse('2026-01-02T03:04:05.678Z')
  return {
    ...systemClock,
    now: () => at,
    advance(ms) {
      at += ms
    },
  }
}

const broken = agentOf('broken', () => {
  throw new Error('broken')
})

describe('session.list_jobs', () => {
  it('tells of each job what there is to tell, newest first', async () => {
    const clock = calendar()
    const held = heldAgent()
    await using h = harness({ clock, agents: [echo, broken, held.implementation] })
    const peer = await h.connect()
    const lease = { 'tool.call': ['git.*'] }
    const parent = await submitted(peer, { agent: 'echo', lease_request: lease })
    await peer.next('job.completed')
    clock.advance(1_000)
    const parent_job_id = parent.job_id
    const failed = await submitted(peer, { agent: 'broken', parent_job_id })
    await peer.next('job.failed')
    clock.advance(1_000)
    const running = await submitted(peer, { agent: 'held' })
    await peer.next(({ type, job_id }) => type === 'job.started' && job_id === running.job_id)
    const { jobs, next_cursor } = await list(peer)
    const base = { lease: {}, parent_job_id: null }
    const at = (accepted: typeof parent) => accepted.payload.accepted_at
    expect(next_cursor).toBeNull()
    expect(jobs).toEqual([
      {
        ...base,
        job_id: running.job_id,
        agent: 'held@1.0.0',
        status: 'running',
        created_at: at(running),
        started_at: at(running),
        last_seq: 2,
        trace_id: running.trace_id,
      },
      {
        ...base,
        job_id: failed.job_id,
        agent: 'broken@1.0.0',
        status: 'failed',
        error_code: 'INTERNAL_ERROR',
        created_at: at(failed),
        started_at: at(failed),
        ended_at: at(failed),
        parent_job_id,
        last_seq: 3,
        trace_id: failed.trace_id,
      },
      {
        ...base,
        job_id: parent.job_id,
        agent: 'echo@1.0.0',
        status: 'completed',
        created_at: at(parent),
        started_at: at(parent),
        ended_at: at(parent),
        lease,
        last_seq: 3,
        trace_id: parent.trace_id,
      },
    ] satisfies unknown[])
    expect(new Set(jobs.map(({ created_at }) => created_at)).size).toBe(3)
    held.gate.open('ok')
  })

  it('counts the events of each job by itself (R-NUM-8)', async () => {
    const talker = implement(agent({ name: 'talker', version: '1.0.0' }), async (_, ctx) => {
      for (let current = 0; current < 10; current++) await ctx.progress({ current })
    })
    const clock = calendar()
    await using h = harness({ clock, agents: [echo, talker] })
    const peer = await h.connect()
    for (const name of ['talker', 'echo', 'talker']) {
      clock.advance(1)
      await outcome(peer, { agent: name })
    }
    const last = (jobs: readonly JobListing[]) => jobs.map(({ agent: name, last_seq }) => [name, last_seq])
    expect(last((await list(peer)).jobs)).toEqual([
      ['talker@1.0.0', 13],
      ['echo@1.0.0', 3],
      ['talker@1.0.0', 13],
    ])
  })

  it('sorts out by status, agent and time', async () => {
    const clock = calendar()
    const second = implement(agent({ name: 'echo', version: '2.0.0' }), () => 2)
    const other = implement(agent({ name: 'echo2', version: '1.0.0' }), () => 2)
    await using h = harness({ clock, agents: [echo, second, other, broken] })
    const peer = await h.connect()
    const ids: Record<string, string> = {}
    const times: string[] = []
    for (const name of ['echo@1.0.0', 'echo', 'echo2', 'broken']) {
      clock.advance(1_000)
      const { payload } = await submitted(peer, { agent: name, input: 1 })
      await peer.next(({ type, job_id }) => /completed|failed/.test(type) && job_id === payload.job_id)
      ids[payload.job_id as string] = name
      times.push(payload.accepted_at as string)
    }
    const found = async (filter: object) => idsOf(await list(peer, { filter })).map((id) => ids[id])
    expect(await found({ agent: 'echo' })).toEqual(['echo', 'echo@1.0.0'])
    expect(await found({ agent: 'echo@1.0.0' })).toEqual(['echo@1.0.0'])
    expect(await found({ agent: 'nobody' })).toEqual([])
    expect(await found({ status: ['failed', 'running'] })).toEqual(['broken'])
    expect(await found({ status: ['completed'], agent: 'echo2' })).toEqual(['echo2'])
    expect(await found({ status: [] })).toHaveLength(4)
    expect(await found({ created_after: times[1] })).toEqual(['broken', 'echo2'])
    expect(await found({ created_before: times[1] })).toEqual(['echo@1.0.0'])
    expect(await found({ created_after: times[0], created_before: times[3] })).toEqual(['echo2', 'echo'])
    expect(await found({ created_after: times[3], created_before: times[0] })).toEqual([])
  })

  it('gives 50 jobs unless told otherwise, at most 200, each once', async () => {
    await using h = harness({ agents: [echo], limits: { endedJobs: 1_000 } })
    const peer = await h.connect()
    const made: string[] = []
    for (let i = 0; i < 60; i++) made.push((await outcome(peer, { agent: 'echo' })).job_id as string)
    const pages = await listAll(peer, {})
    expect(pages.map(({ length }) => length)).toEqual([50, 10])
    expect(pages.flat().sort()).toEqual(made.sort())
    expect((await listAll(peer, { limit: 20 })).map(({ length }) => length)).toEqual([20, 20, 20])
    expect((await listAll(peer, { limit: 200 })).map(({ length }) => length)).toEqual([60])
    for (const limit of [0, -1, 0.5, 201, 1e300, '50']) {
      const id = peer.request('session.list_jobs', { limit })
      expect(await refusal(peer, id)).toMatchObject({
        code: 'INVALID_REQUEST',
        details: { issues: [{ path: 'payload.limit' }] },
      })
    }
  })

  it('ends a page early when its frame is full, however long the id of the request', async () => {
    const clock = calendar()
    await using h = harness({ clock, agents: [echo], limits: { maxFrameBytes: 4_096 } })
    const peer = await h.connect()
    const lease_request = { 'tool.call': ['\u{1f600}'.repeat(200)] }
    for (let i = 0; i < 5; i++) await outcome(peer, { agent: 'echo', lease_request })
    for (const id of ['m', '\u0001'.repeat(256)]) {
      peer.request('session.list_jobs', {}, { id })
      const { payload } = await peer.next(({ payload }) => payload.request_id === id)
      expect((payload.jobs as unknown[]).length).toBe(id === 'm' ? 3 : 1)
      expect(payload.next_cursor).not.toBeNull()
    }
    expect((await listAll(peer, {})).flat()).toHaveLength(5)
  })

  it('comes a page at a time where many are asked for, and is refused beyond a hundred that wait (R-SEC-6)', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [echo] })
    const [greedy, other] = [await h.connect(), await h.connect()]
    for (let i = 0; i < 102; i++) greedy.request('session.list_jobs', {})
    other.request('session.list_jobs', {})
    other.request('session.ping', { nonce: 'n' })
    await other.next('session.pong')
    const pages = (peer: ScriptedPeer) => peer.frames.filter(({ type }) => type === 'session.jobs').length
    expect([pages(greedy), pages(other)]).toEqual([1, 0])
    expect((await greedy.next('session.error')).payload).toMatchObject({
      code: 'INTERNAL_ERROR',
      retryable: true,
      details: { reason: 'pending_listings', limit: 100 },
    })
    clock.runDeferred()
    clock.runDeferred()
    await other.next('session.jobs')
    expect(pages(greedy)).toBe(2)
    await clock.settle()
    expect([pages(greedy), clock.deferred]).toEqual([101, 0])
  })

  it('keeps its place while jobs come and go, the one its cursor names among them (R-OBS-1)', async () => {
    const clock = calendar()
    await using h = harness({ clock, agents: [echo], limits: { endedJobs: 6 } })
    const peer = await h.connect()
    const made: (string | undefined)[] = []
    const make = async () => {
      clock.advance(1_000)
      made.unshift((await outcome(peer, { agent: 'echo' })).job_id)
    }
    for (let i = 0; i < 6; i++) await make()
    const before = [...made]
    const first = await list(peer, { limit: 2 })
    expect(idsOf(first)).toEqual(before.slice(0, 2))
    for (let i = 0; i < 3; i++) await make()
    const second = await list(peer, { limit: 2, cursor: first.next_cursor })
    expect(idsOf(second)).toEqual([before[2]])
    expect(second.next_cursor).toBeNull()
    // By now the job the first page ended with is gone as well.
    for (let i = 0; i < 4; i++) await make()
    expect(idsOf(await list(peer, { cursor: first.next_cursor }))).toEqual([])
    expect(idsOf(await list(peer))).toEqual(made.slice(0, 6))
  })

  it('refuses cursors that are malformed, altered, of another listing or of somebody else', async () => {
    await using h = harness({ agents: [echo] })
    const [peer, bob] = [await h.connect(), await h.connect(asBob)]
    for (const each of [peer, peer, bob, bob]) await outcome(each, { agent: 'echo' })
    const filter = {
      agent: 'echo',
      created_after: '2000-01-01T01:00:00+01:00',
      status: ['failed', 'completed'],
    }
    const { next_cursor: cursor } = await list(peer, { limit: 1, filter })
    const { next_cursor: bobs } = await list(bob, { limit: 1, filter })
    expect(typeof cursor).toBe('string')
    const same = {
      ...filter,
      created_after: '2000-01-01T00:00:00Z',
      status: ['completed', 'failed', 'failed'],
    }
    expect(idsOf(await list(peer, { cursor, filter: same }))).toHaveLength(1)
    const bytes = Buffer.from(cursor as string, 'base64url')
    const altered = Buffer.from(bytes)
    altered[altered.length - 3] = (altered.at(-3) ?? 0) ^ 1
    const wrong: readonly (readonly [unknown, object?])[] = [
      ['', filter],
      ['x', filter],
      ['not base64 at all!', filter],
      ['A'.repeat(256), filter],
      ['A'.repeat(257), filter],
      [7, filter],
      [{}, filter],
      [bobs, filter],
      [cursor, { ...filter, agent: 'echo@1.0.0' }],
      [cursor, { ...filter, created_after: '2000-01-01T00:00:01Z' }],
      [cursor, undefined],
      [altered.toString('base64url'), filter],
      [bytes.subarray(0, 32).toString('base64url'), filter],
      [`${cursor}!`, filter],
      [` ${cursor}`, filter],
    ]
    for (const [wrongCursor, wrongFilter] of wrong) {
      const id = peer.request('session.list_jobs', { cursor: wrongCursor, filter: wrongFilter })
      const told = await refusal(peer, id)
      expect(told, JSON.stringify(wrongCursor)).toMatchObject({
        code: 'INVALID_REQUEST',
        details: { issues: [{ path: 'payload.cursor' }] },
      })
    }
    expect(idsOf(await list(peer, { cursor, filter }))).toHaveLength(1)
  })

  it('shows nobody the jobs of others', async () => {
    await using h = harness({ agents: [echo] })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const { job_id } = await outcome(ada, { agent: 'echo' })
    expect(idsOf(await list(bob))).toEqual([])
    expect(idsOf(await list(await h.connect()))).toEqual([job_id])
  })

  it('lists what has ended as long as it is kept', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [echo], limits: { endedJobMs: 60_000 } })
    const peer = await h.connect()
    await drive(clock, outcome(peer, { agent: 'echo' }))
    clock.advance(59_999)
    expect((await list(peer)).jobs).toHaveLength(1)
    await clock.settle()
    clock.advance(1)
    expect((await list(peer)).jobs).toHaveLength(0)
  })
})
