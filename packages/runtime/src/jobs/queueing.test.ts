import { agent } from '@arcp/protocol'
import { type Gate, gate, type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { agentOf, echo } from '../testing/agents'
import { asBob, drive, eventOf, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'

expectNoUnhandled()

/** An agent whose jobs each end when told to, by their input. */
function steered(name = 'steered', maxRunning?: number) {
  const ends = new Map<unknown, Gate<unknown>>()
  const started: unknown[] = []
  const end = (input: unknown) => {
    const known = ends.get(input) ?? gate<unknown>()
    ends.set(input, known)
    return known
  }
  const implementation = implement(
    agent({ name, version: '1.0.0' }),
    (input) => {
      started.push(input)
      return end(input).promise
    },
    maxRunning === undefined ? {} : { maxRunning },
  )
  return { implementation, started, end: (input: unknown) => end(input).open(input) }
}

const limit = (reason: string, limit: number) => ({
  code: 'INTERNAL_ERROR',
  retryable: true,
  details: { reason, limit, retry_after_ms: expect.any(Number) },
})

const position = async (peer: ScriptedPeer, jobId: string | undefined) =>
  (await eventOf(peer, jobId, 'job.queued')).payload.position

describe('a job that has to wait', () => {
  it('is told its place, and started when another one has ended', async () => {
    const { implementation, started, end } = steered()
    await using h = harness({ agents: [implementation], limits: { runningJobs: 1 } })
    const peer = await h.connect()
    const jobs = []
    for (const input of ['a', 'b', 'c']) jobs.push(await submitted(peer, { agent: 'steered', input }))
    for (const [index, { job_id }] of jobs.entries()) expect(await position(peer, job_id)).toBe(index)
    expect(started).toEqual(['a'])
    const id = peer.request('job.subscribe', { job_id: jobs[1]?.job_id, after_seq: 0 })
    expect((await peer.next(({ payload }) => payload.request_id === id)).payload).toMatchObject({
      status: 'queued',
      last_seq: 1,
    })
    end('a')
    expect((await eventOf(peer, jobs[1]?.job_id, 'job.started')).payload.seq).toBe(2)
    expect(started).toEqual(['a', 'b'])
    end('b')
    end('c')
    expect((await terminalOf(peer, jobs[2]?.job_id)).payload.result).toBe('c')
  })

  it('has all of max_runtime_sec from its start', async () => {
    const clock = new TestClock()
    const { implementation, end } = steered()
    await using h = harness({ clock, agents: [implementation], limits: { runningJobs: 1 } })
    const peer = await h.connect()
    await drive(clock, submitted(peer, { agent: 'steered', input: 'first' }))
    const { job_id } = await drive(
      clock,
      submitted(peer, { agent: 'steered', input: 'second', max_runtime_sec: 10 }),
    )
    await clock.elapse(60_000)
    end('first')
    await clock.settle()
    expect(peer.frames.at(-1)).toMatchObject({ type: 'job.started', job_id })
    await clock.elapse(9_999)
    expect(peer.frames.at(-1)?.type).not.toBe('job.failed')
    await clock.elapse(1_001)
    expect(peer.frames.at(-1)).toMatchObject({
      type: 'job.failed',
      job_id,
      payload: { error: { code: 'TIMEOUT' } },
    })
    end('second')
  })

  it('and is cancelled ends without being started, and gives its place away', async () => {
    const { implementation, started, end } = steered()
    await using h = harness({ agents: [implementation], limits: { runningJobs: 1, queuedJobs: 1 } })
    const peer = await h.connect()
    await submitted(peer, { agent: 'steered', input: 'a' })
    const { job_id } = await submitted(peer, { agent: 'steered', input: 'b' })
    peer.request('job.cancel', { job_id, reason: 'no more' })
    expect((await peer.next('job.cancel_accepted')).payload.status).toBe('queued')
    expect(await terminalOf(peer, job_id)).toMatchObject({
      type: 'job.cancelled',
      payload: { seq: 2, reason: 'no more' },
    })
    const next = await submitted(peer, { agent: 'steered', input: 'c' })
    end('a')
    await eventOf(peer, next.job_id, 'job.started')
    end('c')
    await terminalOf(peer, next.job_id)
    expect(started).toEqual(['a', 'c'])
  })

  it('ends without being started when the runtime closes', async () => {
    const { implementation, started, end } = steered()
    const h = harness({ agents: [implementation], limits: { runningJobs: 1 } })
    const peer = await h.connect()
    const running = await submitted(peer, { agent: 'steered', input: 'a' })
    const { job_id } = await submitted(peer, { agent: 'steered', input: 'b' })
    const closing = h.runtime.close()
    end('a')
    await closing
    for (const id of [running.job_id, job_id]) {
      expect((await terminalOf(peer, id)).payload).toMatchObject({
        error: { details: { reason: 'shutdown' } },
      })
    }
    expect(started).toEqual(['a'])
  })

  it('can be taken up by its token, and whoever does misses neither its start nor its end', async () => {
    const { implementation, end } = steered()
    await using h = harness({ agents: [implementation], limits: { runningJobs: 1 } })
    const [former, next, last] = [await h.connect(), await h.connect(), await h.connect()]
    await submitted(former, { agent: 'steered', input: 'a' })
    const jobs = []
    for (const input of ['b', 'c']) jobs.push(await submitted(former, { agent: 'steered', input }))
    const [starting, cancelled] = jobs
    for (const { payload } of jobs) await submitted(next, { resume_token: payload.resume_token })
    next.request('job.cancel', { job_id: cancelled?.job_id })
    expect((await terminalOf(next, cancelled?.job_id)).payload.seq).toBe(3)
    await submitted(last, { resume_token: cancelled?.payload.resume_token })
    expect((await terminalOf(last, cancelled?.job_id)).type).toBe('job.cancelled')
    end('a')
    expect((await eventOf(next, starting?.job_id, 'job.started')).payload.seq).toBe(3)
    const again = await submitted(last, { resume_token: starting?.payload.resume_token })
    expect(again.payload.resumed).toBe(true)
    end('b')
    expect((await terminalOf(last, starting?.job_id)).payload.result).toBe('b')
    const told = (peer: ScriptedPeer) =>
      peer.frames.flatMap(({ job_id, type }) => (job_id === starting?.job_id ? [type] : []))
    expect(told(next)).toEqual(['job.accepted', 'job.status', 'job.started', 'job.status', 'job.completed'])
    expect(told(last)).toEqual(['job.accepted', 'job.status', 'job.completed'])
  })

  it('is not lost with its session', async () => {
    const { implementation, started, end } = steered()
    await using h = harness({ agents: [implementation], limits: { runningJobs: 1 } })
    const [leaving, staying] = [await h.connect(), await h.connect()]
    await submitted(staying, { agent: 'steered', input: 'a' })
    const { job_id } = await submitted(leaving, { agent: 'steered', input: 'b' })
    leaving.request('session.close', {})
    await leaving.closed
    staying.request('job.subscribe', { job_id, after_seq: 0 })
    end('a')
    end('b')
    expect((await terminalOf(staying, job_id)).payload.result).toBe('b')
    expect(started).toEqual(['a', 'b'])
  })
})

describe('jobs of several principals', () => {
  it('take turns: ten thousand of one keep a single one of another waiting for no more than a few', async () => {
    const order: unknown[] = []
    const brief = agentOf('brief', (input, { principal }) => {
      order.push(principal)
      return input
    })
    const { implementation, end } = steered()
    const limits = { runningJobs: 2, pendingSubmits: 20_000, messagesPerSecond: 100_000 }
    await using h = harness({ agents: [brief, implementation], limits })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    for (const input of [1, 2]) await submitted(ada, { agent: 'steered', input })
    let last = ''
    for (let i = 0; i < 10_000; i++) last = ada.request('job.submit', { agent: 'brief', input: i })
    const answer = await ada.next(({ payload }) => payload.request_id === last)
    expect(answer.type, JSON.stringify(answer.payload)).toBe('job.accepted')
    const { job_id } = await submitted(bob, { agent: 'brief', input: 'one' })
    expect(await position(bob, job_id)).toBe(1)
    end(1)
    expect((await terminalOf(bob, job_id)).payload.result).toBe('one')
    expect(order.indexOf('bob')).toBeLessThan(3)
    expect((await terminalOf(ada, answer.job_id)).payload.result).toBe(9_999)
    expect(order).toHaveLength(10_001)
    end(2)
  }, 60_000)

  it('R-SEC-6: leave others their share of what may run', async () => {
    const { implementation, started, end } = steered()
    const limits = { runningJobs: 3, runningJobsPerPrincipal: 2 }
    await using h = harness({ agents: [implementation], limits })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    for (const input of [1, 2, 3]) await submitted(ada, { agent: 'steered', input })
    const { job_id } = await submitted(bob, { agent: 'steered', input: 'of bob' })
    expect(await position(bob, job_id)).toBe(0)
    expect(started).toEqual([1, 2, 'of bob'])
    for (const input of started) end(input)
    end(3)
  })
})

describe('an agent that takes only so many jobs at a time', () => {
  it('lets its further jobs wait, and those of other agents pass', async () => {
    const scarce = steered('scarce', 1)
    await using h = harness({ agents: [scarce.implementation, echo] })
    const peer = await h.connect()
    const first = await submitted(peer, { agent: 'scarce', input: 1 })
    const second = await submitted(peer, { agent: 'scarce', input: 2 })
    expect((await outcome(peer, { agent: 'echo', input: 'passes' })).payload.result).toBe('passes')
    expect(scarce.started).toEqual([1])
    scarce.end(1)
    await terminalOf(peer, first.job_id)
    scarce.end(2)
    expect((await terminalOf(peer, second.job_id)).payload.result).toBe(2)
  })
})

describe('the bounds of jobs (R-SUB-9)', () => {
  it.each([
    ['queued_jobs', { queuedJobs: 1 }, 1],
    ['queued_jobs_per_principal', { queuedJobsPerPrincipal: 1 }, 1],
    ['queued_size', { queuedSize: 60 }, 60],
    ['queued_size_per_principal', { queuedSizePerPrincipal: 60 }, 60],
    ['active_jobs', { activeJobs: 2 }, 2],
    ['active_jobs_per_principal', { activeJobsPerPrincipal: 2 }, 2],
  ] as const)('R-SEC-6: %s refuses the submit that is too much, and no other', async (reason, limits, at) => {
    const { implementation, end } = steered()
    await using h = harness({ agents: [implementation], limits: { runningJobs: 1, ...limits } })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const first = await submitted(ada, { agent: 'steered', input: 'first' })
    const second = await submitted(ada, { agent: 'steered', input: 'second' })
    expect(await refusal(ada, ada.request('job.submit', { agent: 'steered', input: 'third' }))).toMatchObject(
      limit(reason, at),
    )
    const id = bob.request('job.submit', { agent: 'steered', input: 'of bob' })
    const answer = await bob.next(({ payload }) => payload.request_id === id)
    expect(answer.type).toBe(reason.endsWith('principal') ? 'job.accepted' : 'session.error')
    end('first')
    end('second')
    for (const { job_id } of [first, second])
      expect((await terminalOf(ada, job_id)).type).toBe('job.completed')
    end('of bob')
    if (answer.job_id) await terminalOf(bob, answer.job_id)
    end('third')
    expect((await outcome(ada, { agent: 'steered', input: 'third' })).payload.result).toBe('third')
  })
})
