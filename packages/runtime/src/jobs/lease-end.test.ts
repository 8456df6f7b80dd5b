import { gate, type RawFrame, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf } from '../testing/agents'
import { drive, harness, submitted } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

const DAY_MS = 86_400_000
const expired = {
  type: 'job.failed',
  payload: { error: { code: 'LEASE_EXPIRED', message: 'the lease has ended', retryable: false } },
}

/** A job with a lease of so many seconds, whose agent waits for its gate and heeds nothing else. */
async function leased(expires_in_s: number, { queued = false } = {}) {
  const clock = new TestClock()
  const end = gate<unknown>()
  const ahead = gate<unknown>()
  let ctx: AgentContext | undefined
  const held = agentOf('held', (_, context) => {
    ctx = context
    return end.promise
  })
  const blocking = agentOf('blocking', () => ahead.promise)
  const h = harness({ clock, agents: [held, blocking], limits: { runningJobs: 1 } })
  const peer = await drive(clock, h.connect())
  if (queued) await drive(clock, submitted(peer, { agent: 'blocking' }))
  const submit = {
    agent: 'held',
    lease_request: { 'tool.call': ['t'], 'cost.budget': ['USD:1'] },
    lease_constraints: { expires_in_s },
  }
  const { job_id } = await drive(clock, submitted(peer, submit))
  await clock.settle()
  const isEnd = (frame: RawFrame) => frame.job_id === job_id && isTerminal(frame.type)
  return {
    clock,
    peer,
    job_id,
    end,
    ahead,
    ctx: () => ctx as AgentContext,
    isOver: () => peer.frames.some(isEnd),
    /** How it has ended by now. */
    async terminal() {
      await clock.settle()
      return peer.frames.find(isEnd)
    },
    async [Symbol.asyncDispose]() {
      end.open('too late')
      ahead.open('over')
      await h[Symbol.asyncDispose]()
    },
  }
}

function isTerminal(type: string): boolean {
  return ['job.completed', 'job.failed', 'job.cancelled'].includes(type)
}

/** What a call of the tool that the lease grants comes to. */
function called(ctx: AgentContext): Promise<unknown> {
  return ctx.tool('t', null, () => 'ran').catch((error: { code: string }) => error.code)
}

describe('a lease that ends while its job runs', () => {
  it('aborts the agent at its exact time, and fails the job when that comes to its end (R-AUT-5)', async () => {
    await using job = await leased(60)
    await job.clock.elapse(59_999)
    expect([job.ctx().signal.aborted, await called(job.ctx())]).toEqual([false, 'ran'])
    await job.clock.elapse(1)
    expect(job.ctx().signal).toMatchObject({ aborted: true, reason: { code: 'LEASE_EXPIRED' } })
    expect(job.isOver()).toBe(false)
    expect(await called(job.ctx())).toBe('LEASE_EXPIRED')
    job.end.open('too late')
    expect(await job.terminal()).toMatchObject(expired)
  })

  it('waits for its agent no longer than a second', async () => {
    await using job = await leased(60)
    await job.clock.elapse(60_999)
    expect(job.isOver()).toBe(false)
    await job.clock.elapse(1)
    expect(await job.terminal()).toMatchObject(expired)
  })

  it('has ended after the machine slept: for the guard at once, for the job a second later (R-AUT-5)', async () => {
    await using job = await leased(3_600)
    await job.clock.elapse(10_000)
    job.clock.jumpWall(3_590_000)
    expect(await called(job.ctx())).toBe('LEASE_EXPIRED')
    expect(job.ctx().signal.aborted).toBe(false)
    await job.clock.elapse(1_000)
    expect(job.ctx().signal).toMatchObject({ aborted: true, reason: { code: 'LEASE_EXPIRED' } })
    job.end.open('too late')
    expect(await job.terminal()).toMatchObject(expired)
  })

  it('gains no time by a wall clock that is set back', async () => {
    await using job = await leased(60)
    job.clock.jumpWall(-DAY_MS)
    await job.clock.elapse(59_999)
    expect(await called(job.ctx())).toBe('ran')
    await job.clock.elapse(1)
    expect(await called(job.ctx())).toBe('LEASE_EXPIRED')
  })

  it('lasts beyond the longest timer (R-AUT-5)', async () => {
    await using job = await leased((30 * DAY_MS) / 1_000)
    job.clock.advance(30 * DAY_MS - 1)
    expect(await called(job.ctx())).toBe('ran')
    job.clock.advance(1)
    await job.clock.settle()
    expect(job.ctx().signal).toMatchObject({ aborted: true, reason: { code: 'LEASE_EXPIRED' } })
  })

  it('is noticed by an agent before the runtime says so: then that is how the job fails', async () => {
    await using job = await leased(60)
    job.clock.jumpWall(60_000)
    job.end.fail(
      await job
        .ctx()
        .tool('t', null, () => 'ran')
        .catch((error: unknown) => error),
    )
    expect(await job.terminal()).toMatchObject({ ...expired, payload: { error: { code: 'LEASE_EXPIRED' } } })
  })
})

describe('a job that ends before its lease', () => {
  it('leaves no timer behind (R-LIF-8)', async () => {
    await using job = await leased(60)
    const idle = job.clock.timers
    job.end.open('done')
    expect(await job.terminal()).toMatchObject({ type: 'job.completed' })
    await job.clock.settle()
    const { clock } = job
    await clock.elapse(120_000)
    expect(clock.timers).toBeLessThan(idle)
    expect(job.ctx().signal.aborted).toBe(false)
  })
})

describe('a lease that ends while its job waits for its turn', () => {
  it('fails it, and its agent is never called, nor anything told of its money', async () => {
    await using job = await leased(60, { queued: true })
    await job.clock.elapse(59_999)
    expect(job.isOver()).toBe(false)
    await job.clock.elapse(1)
    expect(await job.terminal()).toMatchObject({ ...expired, payload: { seq: 2 } })
    job.ahead.open('over')
    await job.clock.settle()
    expect(job.ctx()).toBeUndefined()
  })

  it('fails it also when its turn comes before anybody has noticed', async () => {
    await using job = await leased(60, { queued: true })
    job.clock.jumpWall(60_000)
    job.ahead.open('over')
    await job.clock.settle()
    expect(await job.terminal()).toMatchObject({ ...expired, payload: { seq: 2 } })
    expect(job.ctx()).toBeUndefined()
  })

  it('counts the time it waited', async () => {
    await using job = await leased(60, { queued: true })
    await job.clock.elapse(40_000)
    job.ahead.open('over')
    await job.clock.settle()
    await job.clock.elapse(19_999)
    expect(await called(job.ctx())).toBe('ran')
    await job.clock.elapse(1)
    expect(await called(job.ctx())).toBe('LEASE_EXPIRED')
  })
})

describe('a cancelled agent has until the grace is over, or a second after its lease', () => {
  it.each([
    ['the grace', 60, 30_000],
    ['the lease', 10, 11_000],
    ['the lease, barely', 28.999, 29_999],
    ['the grace, barely', 29.5, 30_000],
  ])('whichever is first: %s', async (_, lease, deadline) => {
    await using job = await leased(lease)
    const { job_id } = job
    job.peer.request('job.cancel', { job_id, reason: 'stop' })
    await job.clock.elapse(deadline - 1)
    expect(job.isOver()).toBe(false)
    await job.clock.elapse(1)
    expect(await job.terminal()).toMatchObject({ type: 'job.cancelled', payload: { reason: 'stop' } })
  })

  it('also after sleep', async () => {
    await using job = await leased(3_600)
    const { job_id } = job
    job.peer.request('job.cancel', { job_id, reason: 'stop' })
    await job.clock.elapse(5_000)
    job.clock.jumpWall(3_600_000)
    await job.clock.elapse(2_000)
    expect(await job.terminal()).toMatchObject({ type: 'job.cancelled' })
  })
})
