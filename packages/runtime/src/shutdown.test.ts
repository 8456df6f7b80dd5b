import { memoryPair } from '@arcp/protocol/transport'
import { gate, scriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo, heldAgent } from './testing/agents'
import { drive, harness, refusal, submitted } from './testing/harness'
import { storeThat } from './testing/store-that'
import { expectNoUnhandled } from './testing/unhandled'

expectNoUnhandled()

const shutdown = { code: 'INTERNAL_ERROR', retryable: true, details: { reason: 'shutdown' } }

/** Ends as soon as it is told to. */
const obedient = agentOf(
  'obedient',
  (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
)

describe('closing a runtime', () => {
  it('tells jobs to end, then their sessions why, with every event before that', async () => {
    const reasons: unknown[] = []
    const obeying = agentOf('obeying', async (_, ctx) => {
      await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
      reasons.push(ctx.signal.reason)
      for (let current = 0; current < 5_000; current++) void ctx.progress({ current })
    })
    const h = harness({ agents: [obeying] })
    const peers = [await h.connect(), await h.connect()]
    for (const peer of peers) await submitted(peer, { agent: 'obeying' })
    await h.runtime.close()
    for (const peer of peers) {
      expect((await peer.closed).code).toBe(1001)
      expect(peer.frames.filter(({ type }) => type === 'job.progress')).toHaveLength(5_000)
      const [failed, closed] = peer.frames.slice(-2)
      expect(failed).toMatchObject({ type: 'job.failed', payload: { seq: 5_003, error: shutdown } })
      expect(closed).toMatchObject({
        type: 'session.closed',
        payload: { reason: 'shutdown', resume: false },
      })
    }
    expect(reasons).toMatchObject([shutdown, shutdown])
  })

  it('cuts an agent that hangs after closeMs, and leaves no timer', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    const h = harness({ clock, agents: [held.implementation] })
    const peer = await h.connect()
    await submitted(peer, { agent: 'held', max_runtime_sec: 600 })
    await clock.settle()
    let closed = false
    const closing = h.runtime.close().then(() => {
      closed = true
    })
    await clock.settle()
    clock.advance(4_999)
    await clock.settle()
    expect(closed).toBe(false)
    clock.advance(1)
    await clock.settle()
    expect(closed).toBe(true)
    await closing
    expect(peer.frames.at(-2)).toMatchObject({ type: 'job.failed', payload: { error: shutdown } })
    expect([clock.timers, clock.deferred]).toEqual([0, 0])
    held.gate.open('far too late')
  })

  it('waits no longer for one that was cancelled before, whose grace is longer', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    const h = harness({ clock, agents: [held.implementation] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    peer.request('job.cancel', { job_id })
    await clock.settle()
    await drive(clock, h.runtime.close())
    expect(clock.monotonic()).toBeLessThan(6_000)
    expect(peer.frames.at(-2)?.type).toBe('job.cancelled')
    held.gate.open('far too late')
  })

  it('takes no time where nobody keeps it', async () => {
    const clock = new TestClock()
    const h = harness({ clock, agents: [obedient] })
    const peer = await h.connect()
    await submitted(peer, { agent: 'obedient' })
    await drive(clock, h.runtime.close())
    expect(clock.monotonic()).toBe(0)
    expect(clock.timers).toBe(0)
  })

  it('again waits for the same end', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    const h = harness({ clock, agents: [held.implementation] })
    const peer = await h.connect()
    await submitted(peer, { agent: 'held' })
    const first = h.runtime.close()
    expect(h.runtime.close()).toBe(first)
    await drive(clock, first)
    await drive(clock, h.runtime[Symbol.asyncDispose]())
    expect(clock.monotonic()).toBe(5_000)
    held.gate.open('late')
  })

  it('refuses what is submitted meanwhile, and starts nothing (R-SUB-7)', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    const h = harness({ clock, agents: [echo, held.implementation] })
    const peer = await h.connect()
    await submitted(peer, { agent: 'held' })
    await clock.settle()
    const closing = h.runtime.close()
    const id = peer.request('job.submit', { agent: 'echo' })
    expect(await drive(clock, refusal(peer, id))).toMatchObject(shutdown)
    held.gate.open('ok')
    await drive(clock, closing)
  })

  it('starts no agent whose admission ends behind it', async () => {
    const checked = gate()
    const written = gate()
    let creating = false
    const store = storeThat((inner) => ({
      async createJob(record) {
        creating = true
        await written.promise
        await inner.createJob(record)
      },
    }))
    let runs = 0
    const counted = agentOf('counted', () => {
      runs++
    })
    const slow = {
      contract: {
        ...counted.contract,
        name: 'slow',
        input: {
          '~standard': {
            version: 1 as const,
            vendor: 'test',
            validate: async (value: unknown) => {
              await checked.promise
              return { value }
            },
          },
        },
      },
      run: counted.run,
    }
    const clock = new TestClock()
    const h = harness({ clock, store, agents: [counted, slow] })
    const peer = await h.connect()
    peer.request('job.submit', { agent: 'slow' })
    peer.request('job.submit', { agent: 'counted' })
    await clock.settle()
    expect(creating).toBe(true)
    await drive(clock, h.runtime.close())
    checked.open()
    written.open()
    for (let i = 0; i < 3; i++) await clock.settle()
    expect(runs).toBe(0)
    expect(clock.timers).toBe(0)
  })

  it('sends what waits for a slow store, but waits for it no longer than closeMs', async () => {
    const clock = new TestClock()
    let stuck = false
    const store = storeThat((inner) => ({
      append(batches) {
        if (stuck) return new Promise(() => {})
        return new Promise<void>((resolve) => clock.setTimer(300, resolve)).then(() => inner.append(batches))
      },
    }))
    const h = harness({ clock, store, agents: [obedient] })
    const peer = await drive(clock, h.connect())
    await submitted(peer, { agent: 'obedient' })
    await drive(clock, h.runtime.close())
    expect(peer.frames.slice(-2).map(({ type }) => type)).toEqual(['job.failed', 'session.closed'])

    stuck = true
    const other = harness({ clock, store, agents: [obedient] })
    const late = await drive(clock, other.connect())
    await submitted(late, { agent: 'obedient' })
    const before = clock.monotonic()
    await drive(clock, other.runtime.close())
    expect(clock.monotonic() - before).toBeLessThanOrEqual(6_000)
    expect(late.frames.at(-1)?.type).toBe('session.closed')
  })

  it('writes and sends the end of a job whose earlier events are still being written', async () => {
    const clock = new TestClock()
    const order: string[] = []
    const store = storeThat((inner) => ({
      async append(batches) {
        await new Promise<void>((resolve) => clock.setTimer(300, resolve))
        for (const { entries } of batches) order.push(...entries.map(({ type }) => type))
        await inner.append(batches)
      },
      async close() {
        order.push('closed')
      },
    }))
    const h = harness({ clock, store, agents: [obedient] })
    const peer = await h.connect()
    await submitted(peer, { agent: 'obedient' })
    await clock.elapse(100)
    await drive(clock, h.runtime.close())
    const events = ['job.queued', 'job.started', 'job.failed']
    expect(order).toEqual([...events, 'closed'])
    expect(peer.frames.slice(-4).map(({ type }) => type)).toEqual([...events, 'session.closed'])
  })

  it('ends connections that have not said hello, and those that come afterwards', async () => {
    const clock = new TestClock()
    const h = harness({ clock })
    const waiting = h.dial()
    await drive(clock, h.runtime.close())
    const [near, far] = memoryPair()
    h.runtime.accept(far, { transport: 'memory' })
    const late = scriptedPeer(near)
    for (const peer of [waiting, late]) {
      expect((await peer.closed).code).toBe(1001)
      expect(peer.frames).toMatchObject([
        { type: 'session.closed', payload: { reason: 'shutdown', resume: false, retry_after_ms: 1_000 } },
      ])
    }
    expect(clock.timers).toBe(0)
  })

  it('ends sessions that are parked, and what they waited for', async () => {
    const clock = new TestClock()
    const h = harness({ clock, agents: [obedient] })
    const peer = await h.connect()
    await submitted(peer, { agent: 'obedient' })
    await peer.close()
    await clock.settle()
    expect(clock.timers).toBeGreaterThan(0)
    await drive(clock, h.runtime.close())
    expect(clock.timers).toBe(0)
  })

  it('closes its store last, and tells when that fails', async () => {
    const order: string[] = []
    const store = storeThat(() => ({
      async updateJob(_job, _epoch, { state }) {
        order.push(String(state))
      },
      async close() {
        order.push('store')
        throw new Error('no')
      },
    }))
    const h = harness({ agents: [obedient], store })
    const peer = await h.connect()
    await submitted(peer, { agent: 'obedient' })
    await expect(h.runtime.close()).rejects.toThrow('no')
    expect(order).toEqual(['running', 'failed', 'store'])
  })
})
