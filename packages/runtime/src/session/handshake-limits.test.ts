import type { Observation } from '@arcp/protocol/observe'
import type { Transport } from '@arcp/protocol/transport'
import { faultyTransport, gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { echo } from '../testing/agents'
import { drive, harness, outcome } from '../testing/harness'
import { conversation, hello, refused } from '../testing/hello'

describe('a transport', () => {
  it('that says nothing is closed after ten seconds (R-LIF-13)', async () => {
    const clock = new TestClock()
    await using h = harness({ clock })
    const peer = h.dial()
    await clock.settle()
    clock.advance(9_999)
    await clock.settle()
    expect(peer.frames).toHaveLength(0)
    clock.advance(1)
    expect(await conversation(peer)).toMatchObject({
      code: 1008,
      frames: [{ type: 'session.closed', reason: 'protocol_error', resume: false }],
    })
    expect(clock.timers).toBe(0)
  })

  it('has its ten seconds for the hello alone, not for the verifier', async () => {
    const clock = new TestClock()
    const verified = gate<{ principal: string }>()
    await using h = harness({ clock, auth: () => verified.promise })
    const peer = h.dial()
    clock.advance(9_000)
    peer.request('session.hello', hello)
    await clock.settle()
    clock.advance(3_000)
    verified.open({ principal: 'ada' })
    expect((await drive(clock, peer.next())).type).toBe('session.welcome')
  })

  it('that goes while its token is verified opens nothing and leaves no timer (R-LIF-14)', async () => {
    const clock = new TestClock()
    const verified = gate<{ principal: string }>()
    const seen: Observation[] = []
    const h = harness({
      clock,
      auth: () => verified.promise,
      observe: { observe: (observation) => void seen.push(observation) },
    })
    const peer = h.dial()
    peer.request('session.hello', hello)
    await clock.settle()
    await peer.close()
    await clock.settle()
    expect(clock.timers).toBe(0)
    verified.open({ principal: 'ada' })
    await clock.settle()
    expect(seen).toEqual([])
    expect(clock.timers).toBe(0)
    await drive(clock, h.runtime.close())
  })

  it('that is ending while its token is verified opens nothing, however long its close takes (R-LIF-14)', async () => {
    const verified = gate<{ principal: string }>()
    const seen: Observation[] = []
    const h = harness({
      auth: () => verified.promise,
      observe: { observe: (observation) => void seen.push(observation) },
    })
    const peer = h.dial((far) => silentlyClosing(far))
    peer.request('session.hello', hello)
    await new Promise((resolve) => setImmediate(resolve))
    await h.runtime.close()
    verified.open({ principal: 'ada' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual([])
    expect(peer.frames.map(({ type }) => type)).toEqual(['session.closed'])
  })
})

describe('limits', () => {
  it('close a connection beyond those that may shake hands, and take it again when one is done', async () => {
    await using h = harness({ limits: { handshakes: 2 } })
    const [first, second] = [h.dial(), h.dial()]
    const third = h.dial()
    expect(await conversation(third)).toMatchObject({
      code: 1001,
      frames: [{ type: 'session.closed', reason: 'session_limit' }],
    })
    expect((await first.hello()).type).toBe('session.welcome')
    expect((await h.dial().hello()).type).toBe('session.welcome')
    await second.close()
    expect((await h.dial().hello()).type).toBe('session.welcome')
  })

  it('refuse a hello beyond the sessions, and take it again when one has ended', async () => {
    await using h = harness({ limits: { sessions: 2 }, agents: [echo] })
    const first = await h.connect()
    const second = await h.connect()
    const error = await refused(h, hello)
    expect(error).toMatchObject({
      code: 'INTERNAL_ERROR',
      retryable: true,
      details: { reason: 'sessions', limit: 2, retry_after_ms: 5_000 },
    })
    first.request('session.close', {})
    await first.closed
    await h.connect()
    expect((await outcome(second, { agent: 'echo', input: 1 })).payload.result).toBe(1)
  })
})

/** Its runtime's end hears of its own close never, as on a network that has gone dead. */
function silentlyClosing(far: Transport): Transport {
  const transport = faultyTransport(far)
  return {
    start: (handler) => transport.start({ ...methods(handler), close: () => {} }),
    send: (frames) => transport.send(frames),
    close: (code, reason) => transport.close(code, reason),
    get bufferedBytes() {
      return transport.bufferedBytes
    },
  }
}

function methods(handler: Parameters<Transport['start']>[0]): Parameters<Transport['start']>[0] {
  return {
    frame: (text) => handler.frame(text),
    close: (info) => handler.close(info),
    drain: () => handler.drain(),
  }
}
