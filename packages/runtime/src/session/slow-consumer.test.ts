import { type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo } from '../testing/agents'
import { drive, harness, outcome, submitted, terminalOf } from '../testing/harness'
import { type HeldTransport, heldTransport } from '../testing/held-transport'
import { acknowledging, resuming } from '../testing/hello'

const EVENTS = 50
const chatty = agentOf('chatty', async (_, ctx) => {
  for (let current = 0; current < EVENTS; current++) await ctx.progress({ current })
  return 'done'
})
const limits = { ackWindowEvents: 10, sendBufferBytes: 1_000, slowConsumerMs: 20_000 }
const all = Array.from({ length: EVENTS + 3 }, (_, i) => i + 1)

/** A session whose peer can stop reading, and that of a test's clock. */
async function open(features: Readonly<Record<string, unknown>> = acknowledging) {
  const clock = new TestClock()
  const h = harness({ clock, agents: [chatty, echo], limits })
  let transport!: HeldTransport
  const peer = h.dial((far) => {
    transport = heldTransport(far)
    return transport
  })
  const welcome = await drive(clock, peer.hello(features))
  return { h, clock, peer, welcome, transport, [Symbol.asyncDispose]: () => h[Symbol.asyncDispose]() }
}

const numbers = (peer: ScriptedPeer) => peer.frames.flatMap(({ event_seq }) => event_seq ?? [])
const last = (peer: ScriptedPeer) => peer.frames.at(-1)

const farewell = {
  type: 'session.closed',
  payload: { reason: 'slow_consumer', resume: true },
}

describe('a client that acknowledges nothing while events wait', () => {
  it('is closed as a slow consumer, and gets all of it when it resumes; its job goes on meanwhile (R-OBS-5)', async () => {
    await using t = await open()
    const { h, clock, peer, welcome } = t
    peer.request('job.submit', { agent: 'chatty' })
    await clock.settle()
    clock.advance(19_999)
    await clock.settle()
    expect(numbers(peer)).toHaveLength(10)
    expect(last(peer)).not.toMatchObject(farewell)
    clock.advance(1)
    expect(await drive(clock, peer.closed)).toMatchObject({ code: 1008 })
    expect(last(peer)).toMatchObject(farewell)

    const second = h.dial()
    await drive(clock, second.hello(resuming(welcome, 10)))
    while (numbers(second).at(-1) !== all.at(-1)) {
      await clock.settle()
      second.request('session.ack', { last_processed_seq: numbers(second).at(-1) })
    }
    expect([...numbers(peer), ...numbers(second)]).toEqual(all)
    expect(last(second)).toMatchObject({ type: 'job.completed', payload: { result: 'done' } })
  })

  it('is not, as long as it acknowledges something now and then', async () => {
    await using t = await open()
    const { clock, peer } = t
    peer.request('job.submit', { agent: 'chatty' })
    for (let taken = 1; taken <= all.length; taken++) {
      await clock.settle()
      clock.advance(19_999)
      peer.request('session.ack', { last_processed_seq: taken })
    }
    await clock.settle()
    expect(numbers(peer)).toEqual(all)
    expect(peer.frames.some(({ type }) => type === 'session.closed')).toBe(false)
  })

  it('is, if it only says again what it said before, and talks of other things', async () => {
    await using t = await open()
    const { clock, peer } = t
    peer.request('job.submit', { agent: 'chatty' })
    await clock.settle()
    peer.request('session.ack', { last_processed_seq: 5 })
    for (let i = 0; i < 4; i++) {
      await clock.settle()
      clock.advance(5_000)
      peer.request('session.ack', { last_processed_seq: 5 })
      peer.request('session.ping', { nonce: `n${i}` })
    }
    await drive(clock, peer.closed)
    expect(last(peer)).toMatchObject(farewell)
    expect(clock.monotonic()).toBeLessThan(26_000)
  })

  it('is not waited for while nothing waits', async () => {
    await using t = await open()
    const { clock, peer } = t
    for (let i = 0; i < 3; i++) await drive(clock, submitted(peer, { agent: 'echo' }))
    await clock.settle()
    expect(numbers(peer)).toHaveLength(9)
    clock.advance(60_000)
    await clock.settle()
    expect(peer.frames.some(({ type }) => type === 'session.closed')).toBe(false)
    peer.request('job.submit', { agent: 'echo' })
    await clock.settle()
    expect(numbers(peer)).toHaveLength(10)
    clock.advance(19_999)
    await clock.settle()
    expect(last(peer)).not.toMatchObject(farewell)
    clock.advance(1)
    await drive(clock, peer.closed)
    expect(last(peer)).toMatchObject(farewell)
  })

  it('is not when it wants none of what waits any more', async () => {
    await using t = await open()
    const { clock, peer } = t
    const { job_id } = await drive(clock, submitted(peer, { agent: 'chatty' }))
    await clock.settle()
    peer.request('job.unsubscribe', { job_id })
    await clock.settle()
    clock.advance(60_000)
    await clock.settle()
    expect(last(peer)?.type).toBe('job.unsubscribed')
    peer.request('session.ack', { last_processed_seq: 10 })
    expect((await drive(clock, outcome(peer, { agent: 'echo', input: 'on' }))).payload.result).toBe('on')
  })
})

describe('a client that reads nothing while events wait', () => {
  it.each([
    ['with acknowledgements', acknowledging],
    ['without', {}],
  ])('is closed as a slow consumer, %s', async (_, features) => {
    await using t = await open(features)
    const { h, clock, peer, transport, welcome } = t
    transport.hold()
    peer.request('job.submit', { agent: 'chatty' })
    for (let i = 0; i < 3; i++) await clock.settle()
    clock.advance(19_999)
    await clock.settle()
    expect(last(peer)?.type).toBe('session.welcome')
    clock.advance(1)
    expect(await drive(clock, peer.closed)).toMatchObject({ code: 1008, reason: 'slow_consumer' })
    const second = h.dial()
    await drive(clock, second.hello(resuming(welcome, 0)))
    if (features !== acknowledging) {
      await clock.settle()
      expect(numbers(second)).toEqual(all)
    }
  })

  it('is not, as long as some of it leaves now and then', async () => {
    await using t = await open({})
    const { clock, peer, transport } = t
    transport.hold()
    peer.request('job.submit', { agent: 'chatty' })
    for (let i = 0; i < 3; i++) await clock.settle()
    const waiting = transport.bufferedBytes
    expect(waiting).toBeGreaterThan(1_000)
    for (let i = 0; i < 10; i++) {
      clock.advance(19_999)
      transport.letLeave(1)
      await clock.settle()
    }
    expect(transport.bufferedBytes).toBeLessThan(waiting)
    transport.letGo()
    const { job_id } = await drive(clock, peer.next('job.accepted'))
    await drive(clock, terminalOf(peer, job_id))
    expect(numbers(peer)).toEqual(all)
  })
})

describe('waiting for a slow client', () => {
  it('takes one timer for a session, and none while it keeps up', async () => {
    await using t = await open()
    const { clock, peer } = t
    const none = clock.timers
    peer.request('job.submit', { agent: 'chatty' })
    peer.request('job.submit', { agent: 'chatty' })
    await clock.settle()
    expect(numbers(peer)).toHaveLength(10)
    const sweep = 1
    expect(clock.timers - none - sweep).toBe(1)
    while (numbers(peer).length < 2 * all.length) {
      peer.request('session.ack', { last_processed_seq: numbers(peer).length })
      await clock.settle()
    }
    expect(clock.timers - none - sweep).toBe(0)
  })

  it('ends with the connection', async () => {
    await using t = await open()
    const { h, clock, peer } = t
    peer.request('job.submit', { agent: 'chatty' })
    await clock.settle()
    await peer.close()
    await drive(clock, h.runtime.close())
    expect(clock.timers).toBe(0)
  })
})
