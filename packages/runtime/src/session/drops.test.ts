import type { Observation } from '@arcp/protocol/observe'
import { faultyTransport, gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo, heldAgent } from '../testing/agents'
import { drive, harness, outcome, submitted, terminalOf } from '../testing/harness'
import { heldTransport } from '../testing/held-transport'
import { waitUntil } from '../testing/wait-until'

/** What a runtime told of its sessions and jobs. */
function watcher() {
  const seen: Observation[] = []
  const of = (type: Observation['type']) => seen.filter((observation) => observation.type === type)
  return { observe: { observe: (observation: Observation) => void seen.push(observation) }, of }
}

describe('R-LIF-1: a connection that is gone leaves its jobs alone', () => {
  it.each(['close', 'cut'] as const)('%s: the job runs on to its own end (R-LIF-16)', async (how) => {
    const held = heldAgent()
    const { observe, of } = watcher()
    await using h = harness({ agents: [held.implementation], observe })
    let cut = () => {}
    const peer = await h.connect({}, (far) => {
      const transport = faultyTransport(far)
      cut = () => transport.cut()
      return transport
    })
    const { job_id } = await submitted(peer, { agent: 'held' })
    const { signal } = await held.started
    if (how === 'close') await peer.close()
    else {
      cut()
      await peer.closed
    }
    expect(signal.aborted).toBe(false)
    held.gate.open('on its own')
    await waitUntil(() => of('job.ended').length === 1)
    expect(of('job.ended')).toMatchObject([{ job: { jobId: job_id }, state: 'completed', cause: 'returned' }])
  })

  it('session.close is acknowledged first (R-LIF-2), and the job runs on without an owner', async () => {
    const held = heldAgent()
    const { observe, of } = watcher()
    await using h = harness({ agents: [held.implementation], observe })
    const peer = await h.connect()
    await submitted(peer, { agent: 'held' })
    const { signal } = await held.started
    peer.request('session.close', { reason: 'done here' })
    expect((await peer.closed).code).toBe(1000)
    expect(peer.frames.at(-1)).toMatchObject({
      type: 'session.closed',
      payload: { reason: 'bye', resume: false },
    })
    expect(signal.aborted).toBe(false)
    held.gate.open('on its own')
    await waitUntil(() => of('job.ended').length === 1)
    expect(of('job.ended')).toMatchObject([{ state: 'completed', job: { sessionId: '' } }])
  })

  it('nothing is sent after the acknowledgement of a close', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [echo, held.implementation] })
    const peer = await h.connect()
    await submitted(peer, { agent: 'held' })
    peer.request('job.submit', { agent: 'echo' })
    peer.request('session.close', {})
    peer.request('session.ping', { nonce: 'after' })
    held.gate.open('now')
    await peer.closed
    expect(peer.frames.at(-1)?.type).toBe('session.closed')
  })
})

describe('an agent whose owner is gone', () => {
  it('waits for nobody: the oldest events go, and it runs on', async () => {
    const more = gate()
    const finished = gate<number>()
    const chatty = agentOf('chatty', async (_, ctx) => {
      await ctx.progress({ current: 0 })
      await more.promise
      for (let current = 1; current <= 1_000; current++) await ctx.progress({ current })
      finished.open(1_000)
    })
    await using h = harness({ agents: [chatty], limits: { logEvents: 10 } })
    const peer = await h.connect()
    await submitted(peer, { agent: 'chatty' })
    peer.request('session.close', {})
    await peer.closed
    more.open()
    expect(await finished.promise).toBe(1_000)
  })

  it('and waits at a full log goes on when the session ends', async () => {
    const full = gate()
    const finished = gate()
    const chatty = agentOf('chatty', async (_, ctx) => {
      for (let current = 0; current < 8; current++) await ctx.progress({ current })
      const waits = ctx.progress({ current: 8 })
      full.open()
      await waits
      for (let current = 9; current < 500; current++) await ctx.progress({ current })
      finished.open()
    })
    await using h = harness({ agents: [chatty], limits: { logEvents: 10 } })
    let hold = () => {}
    const peer = await h.connect({}, (far) => {
      const transport = heldTransport(far)
      hold = () => transport.hold()
      return transport
    })
    hold()
    peer.request('job.submit', { agent: 'chatty' })
    await full.promise
    peer.request('session.close', {})
    await finished.promise
  })
})

describe('what is left behind', () => {
  it('is nothing: no session, no follower, no timer but what ages ended jobs', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    const { observe, of } = watcher()
    const h = harness({ clock, agents: [echo, held.implementation], observe, limits: { sessions: 1 } })
    const peer = await drive(clock, h.connect())
    await drive(clock, submitted(peer, { agent: 'held' }))
    await drive(clock, outcome(peer, { agent: 'echo' }))
    peer.request('session.close', {})
    await drive(clock, peer.closed)
    held.gate.open('done')
    await clock.settle()
    expect(of('job.ended')).toHaveLength(2)
    expect(of('session.ended')).toMatchObject([{ reason: 'bye' }])
    expect(clock.timers, 'one to sweep ended jobs').toBe(1)
    const next = await drive(clock, h.connect())
    expect((await drive(clock, outcome(next, { agent: 'echo', input: 'new' }))).payload.result).toBe('new')
    await drive(clock, h.runtime.close())
    expect(clock.timers).toBe(0)
    expect(clock.deferred).toBe(0)
  })

  it('keeps a thousand sessions that come and go from adding up (R-MEM-1)', async () => {
    await using h = harness({ agents: [echo], limits: { sessions: 2, endedJobs: 1 } })
    for (let i = 0; i < 1_000; i++) {
      const peer = await h.connect()
      if (i % 100 === 0) expect((await outcome(peer, { agent: 'echo', input: i })).payload.result).toBe(i)
      peer.request('session.close', {})
      await peer.closed
    }
  })
})

describe('a session that is parked', () => {
  it('lets its job wait at a full log, and go on when the window has passed', async () => {
    const clock = new TestClock()
    const finished = gate()
    let current = 0
    const chatty = agentOf('chatty', async (_, ctx) => {
      for (; current < 100; current++) await ctx.progress({ current })
      finished.open()
    })
    const start = gate()
    const later = agentOf('later', async (input, ctx) => {
      await start.promise
      return chatty.run(input, ctx)
    })
    await using h = harness({ clock, agents: [later], limits: { logEvents: 10 } })
    const peer = await drive(clock, h.connect())
    peer.request('job.submit', { agent: 'later' })
    await drive(clock, peer.next('job.started'))
    await clock.settle()
    await peer.close()
    start.open()
    await clock.settle()
    expect(current, 'beside job.queued and job.started, which may not have arrived').toBe(8)
    clock.advance(600_000)
    await drive(clock, finished.promise)
    expect(current).toBe(100)
  })
})

describe('two sessions', () => {
  it('of which one drops: the other goes on', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const [first, second] = [await h.connect(), await h.connect()]
    const { job_id } = await submitted(second, { agent: 'held' })
    await first.close()
    held.gate.open('here')
    expect((await terminalOf(second, job_id)).payload.result).toBe('here')
  })
})
