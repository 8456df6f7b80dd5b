import { gate, type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { RunQueue } from '../scheduling/run-queue'
import { agentOf, echo } from '../testing/agents'
import { drive, harness, outcome, submitted, terminalOf } from '../testing/harness'
import { heldTransport } from '../testing/held-transport'
import { acknowledging } from '../testing/hello'
import { expectNoUnhandled } from '../testing/unhandled'
import { Emitter } from './emitter'
import { Job } from './job'
import { JobLog } from './log'

expectNoUnhandled()

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol()
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

describe('the pace of emits', () => {
  it('is free for 63 emits, then waits for a macrotask', async () => {
    const clock = new TestClock()
    const waits: boolean[] = []
    const begun = gate()
    const chatty = agentOf('chatty', async (_, ctx) => {
      await begun.promise
      for (let current = 0; current < 130; current++) {
        const emitted = ctx.progress({ current })
        waits.push(!(await isSettled(emitted)))
        await emitted
      }
    })
    await using h = harness({ clock, agents: [chatty] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'chatty' })
    await clock.settle()
    begun.open()
    await drive(clock, terminalOf(peer, job_id))
    expect(waits.flatMap((waited, index) => (waited ? [index + 1] : []))).toEqual([64, 128])
  })

  it('waits for a macrotask after 2 ms without one, however few emits there were', async () => {
    const clock = new TestClock()
    const waits: boolean[] = []
    const begun = gate()
    const slow = agentOf('slow', async (_, ctx) => {
      await begun.promise
      for (let current = 0; current < 4; current++) {
        const emitted = ctx.progress({ current })
        waits.push(!(await isSettled(emitted)))
        clock.advance(1)
        await emitted
      }
    })
    await using h = harness({ clock, agents: [slow] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'slow' })
    await clock.settle()
    begun.open()
    await drive(clock, terminalOf(peer, job_id))
    expect(waits).toEqual([false, false, true, false])
  })

  it('costs one promise for all while there is room', async () => {
    const promises: Promise<void>[] = []
    const chatty = agentOf('chatty', async (_, ctx) => {
      for (let current = 0; current < 10; current++) promises.push(ctx.progress({ current }))
    })
    const clock = new TestClock()
    await using h = harness({ clock, agents: [chatty] })
    const peer = await h.connect()
    await drive(clock, outcome(peer, { agent: 'chatty' }))
    expect(new Set(promises).size).toBe(1)
  })
})

describe('R-MEM-5: an agent that never awaits its emits', () => {
  it('is failed at exactly twice what a log holds, and holds no more than that', async () => {
    let emits = 0
    let refused: Promise<void> | undefined
    const flood = agentOf('flood', async (_, ctx) => {
      for (; emits < 1_000; emits++) refused = ctx.progress({ current: emits })
      await new Promise(() => {})
    })
    await using h = harness({ agents: [echo, flood], limits: { logEvents: 10 } })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'flood' })
    const ended = await terminalOf(peer, job_id)
    expect(ended).toMatchObject({
      type: 'job.failed',
      payload: {
        seq: 21,
        error: { code: 'INTERNAL_ERROR', retryable: true, details: { reason: 'emit_overflow' } },
      },
    })
    expect(emits).toBe(1_000)
    await expect(refused).rejects.toMatchObject({ code: 'INTERNAL_ERROR' })
    const progress = peer.frames.filter(({ type }) => type === 'job.progress')
    const told = 'job.queued, job.started and job.status of the back-pressure take the other three'
    expect(
      progress.map(({ payload }) => payload.current),
      told,
    ).toEqual(Array.from({ length: 17 }, (_, i) => i))
    expect((await outcome(peer, { agent: 'echo', input: 'next' })).payload.result).toBe('next')
  })

  it('is failed at twice the size a log holds, too', async () => {
    const flood = agentOf('flood', async (_, ctx) => {
      for (let i = 0; i < 100; i++) void ctx.thought({ text: 't'.repeat(1_000) })
      await new Promise(() => {})
    })
    await using h = harness({ agents: [flood], limits: { logSize: 5_000 } })
    const peer = await h.connect()
    const ended = await outcome(peer, { agent: 'flood' })
    expect(ended.payload.error).toMatchObject({ details: { reason: 'emit_overflow' } })
    const size = peer.frames
      .filter((frame) => frame.event_seq !== undefined)
      .slice(0, -1)
      .reduce((sum, { payload }) => sum + JSON.stringify(payload).length, 0)
    expect(size).toBeGreaterThan(10_000)
    expect(size).toBeLessThan(11_500)
  })

  it('is not failed below that, and completes', async () => {
    const brisk = agentOf('brisk', (_, ctx) => {
      for (let current = 0; current < 17; current++) void ctx.progress({ current })
    })
    await using h = harness({ agents: [brisk], limits: { logEvents: 10 } })
    const peer = await h.connect()
    expect(await outcome(peer, { agent: 'brisk' })).toMatchObject({
      type: 'job.completed',
      payload: { seq: 21 },
    })
  })

  it('has its signal aborted, and is not waited for', async () => {
    let reason: unknown
    const flood = agentOf('flood', async (_, ctx) => {
      ctx.signal.addEventListener('abort', () => {
        reason = ctx.signal.reason
      })
      for (let current = 0; current < 100; current++) void ctx.progress({ current })
      await new Promise(() => {})
    })
    const clock = new TestClock()
    await using h = harness({ clock, agents: [flood], limits: { logEvents: 10 } })
    const peer = await h.connect()
    peer.request('job.submit', { agent: 'flood' })
    await clock.settle()
    expect(peer.frames.at(-1)?.type).toBe('job.failed')
    expect(reason).toMatchObject({ details: { reason: 'emit_overflow' } })
    expect(clock.monotonic()).toBe(0)
  })
})

describe('an agent that awaits its emits', () => {
  it('is never failed, whatever the size of its events', async () => {
    const steady = agentOf('steady', async (_, ctx) => {
      for (let i = 0; i < 50; i++) await ctx.thought({ text: 't'.repeat(20_000) })
      return 'done'
    })
    await using h = harness({ agents: [steady], limits: { logSize: 4_096, logEvents: 4 } })
    const peer = await h.connect()
    expect((await outcome(peer, { agent: 'steady' })).payload).toMatchObject({ seq: 53, result: 'done' })
  })

  it('waits at the soft limit while its owner does not read, and goes on when it does', async () => {
    let emitted = 0
    const steady = agentOf('steady', async (_, ctx) => {
      for (; emitted < 100; emitted++) await ctx.progress({ current: emitted })
    })
    const clock = new TestClock()
    await using h = harness({ clock, agents: [steady], limits: { logEvents: 10 } })
    let transport!: ReturnType<typeof heldTransport>
    const peer = await h.connect({}, (far) => {
      transport = heldTransport(far)
      return transport
    })
    transport.hold()
    peer.request('job.submit', { agent: 'steady' })
    for (let i = 0; i < 10; i++) await clock.settle()
    expect(emitted, 'two of the runtime and nine of its own').toBe(8)
    transport.letGo()
    const { job_id } = await drive(clock, peer.next('job.accepted'))
    expect(await drive(clock, terminalOf(peer, job_id))).toMatchObject({ payload: { seq: 104 } })
    expect(emitted).toBe(100)
    const current = peer.frames.filter(({ type }) => type === 'job.progress').map((f) => f.payload.current)
    expect(current).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })
})

describe('an agent that has been told to stop', () => {
  it('says its last words though its log is full, and is failed for no number of them', async () => {
    const clock = new TestClock()
    const talker = agentOf('talker', async (_, ctx) => {
      const { signal } = ctx
      while (!signal.aborted) await ctx.thought({ text: 'more' })
      for (let i = 0; i < 30; i++) await ctx.status({ phase: 'stopping' }).catch(() => {})
      throw signal.reason
    })
    await using h = harness({ clock, agents: [talker], limits: { logEvents: 10 } })
    const peer = await drive(clock, h.connect(acknowledging))
    const { job_id } = await drive(clock, submitted(peer, { agent: 'talker' }))
    await clock.settle()
    peer.request('job.cancel', { job_id })
    await clock.settle()
    expect((await terminalOf(peer, job_id)).type).toBe('job.cancelled')
    const last = peer.frames.filter(({ payload }) => payload.phase === 'stopping')
    expect(last.length).toBeGreaterThan(5)
    expect(last.length).toBeLessThan(12)
  })
})

describe('back-pressure', () => {
  const phases = (peer: ScriptedPeer) => peer.frames.flatMap(({ payload }) => payload.phase ?? [])

  it('is told once, by the first emit that has to wait at the limit of the log', async () => {
    // Its own clock: after 2 ms of a real one a turn passes, and the log empties on the way.
    const clock = new TestClock()
    const steady = agentOf('steady', async (_, ctx) => {
      for (let current = 0; current < 200; current++) await ctx.progress({ current })
    })
    await using h = harness({ clock, agents: [steady], limits: { logEvents: 10 } })
    const peer = await drive(clock, h.connect())
    const { payload } = await drive(clock, outcome(peer, { agent: 'steady' }))
    expect(payload.seq, 'one more than two of the runtime, 200 of its own and the last').toBe(204)
    expect(phases(peer)).toEqual(['back_pressure'])
    const told = peer.frames.find((frame) => frame.payload.phase === 'back_pressure')
    expect(told).toMatchObject({ type: 'job.status', payload: { seq: 12 } })
  })

  it('is told also where it is the size that fills the log', async () => {
    const steady = agentOf('steady', async (_, ctx) => {
      for (let i = 0; i < 10; i++) await ctx.thought({ text: 't'.repeat(1_000) })
    })
    await using h = harness({ agents: [steady], limits: { logSize: 4_096 } })
    const peer = await h.connect()
    await outcome(peer, { agent: 'steady' })
    expect(phases(peer)).toEqual(['back_pressure'])
  })

  it('is not told of an agent that only lets a macrotask pass', async () => {
    const steady = agentOf('steady', async (_, ctx) => {
      for (let current = 0; current < 1_000; current++) await ctx.progress({ current })
    })
    await using h = harness({ agents: [steady], limits: { logEvents: 1_003 } })
    const peer = await h.connect()
    expect((await outcome(peer, { agent: 'steady' })).payload.seq).toBe(1_003)
    expect(phases(peer)).toEqual([])
  })

  it('of what nobody takes in leaves room for the end, and what the runtime says itself stops before it', () => {
    const log = new JobLog('job_1', { logEvents: 10, logSize: 10_000 })
    const scope = { principal: 'ada', chain: [] }
    const facts = { id: 'job_1', agent: 'a@1', scope, lease: {}, traceId: 't', createdAt: 0, log }
    const emitter = new Emitter({
      job: new Job(facts, 'sess_1'),
      runQueue: new RunQueue(new TestClock()),
      maxFrameBytes: 10_000,
      timestamp: () => 't',
      onAppend: () => {},
    })
    for (let i = 0; i < 100; i++) emitter.append('job.status', { phase: 'owner_changed' })
    expect(log.lastSeq).toBe(20)
    emitter.finish('job.cancelled', {})
    expect(log.lastSeq).toBe(21)
  })
})

describe('R-NUM-5: numbering and appending are one step', () => {
  it('also where many parts of an agent emit at the same time', async () => {
    const crowd = agentOf('crowd', async (_, ctx) => {
      const part = async (name: string) => {
        for (let i = 0; i < 200; i++) await ctx.status({ phase: name, details: { i } })
      }
      await Promise.all(['a', 'b', 'c', 'd', 'e'].map(part))
    })
    await using h = harness({ agents: [crowd] })
    const peer = await h.connect()
    const { payload } = await outcome(peer, { agent: 'crowd' })
    expect(payload.seq).toBe(1_003)
    const events = peer.frames.filter((frame) => frame.event_seq !== undefined)
    expect(events.map((frame) => frame.payload.seq)).toEqual(events.map((_, i) => i + 1))
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const own = events.filter((frame) => frame.payload.phase === name)
      expect(own.map((frame) => (frame.payload.details as { i: number }).i)).toEqual(own.map((_, i) => i))
    }
  })
})
