import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { asBob, harness } from '../testing/harness'

describe('a session that sends faster than it may', () => {
  it('is closed and told when to come back; at the limit it is not', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, limits: { messagesPerSecond: 10 } })
    const peer = await h.connect()
    const ping = (count: number) => {
      for (let i = 0; i < count; i++) peer.request('session.ping', { nonce: 'n' })
    }
    ping(9)
    await clock.settle()
    clock.advance(1_000)
    ping(10)
    await clock.settle()
    expect(peer.frames.filter(({ type }) => type === 'session.pong')).toHaveLength(19)
    ping(1)
    expect((await peer.next('session.closed')).payload).toEqual({
      reason: 'session_limit',
      resume: true,
      retry_after_ms: 1_000,
    })
    await peer.closed
  })
})

describe('a principal whose sessions send faster than they may together', () => {
  it('R-SEC-6: sends no more by ending its sessions and opening others', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, limits: { messagesPerSecondPerPrincipal: 5 } })
    const pongs = async (pings: number) => {
      const peer = await h.connect()
      for (let i = 0; i < pings; i++) peer.request('session.ping', { nonce: 'n' })
      peer.request('session.close', {})
      await clock.settle()
      const { reason } = peer.frames.at(-1)?.payload ?? {}
      return [peer.frames.filter(({ type }) => type === 'session.pong').length, reason]
    }
    expect([await pongs(2), await pongs(2)]).toEqual([
      [2, 'bye'],
      [2, 'session_limit'],
    ])
    clock.advance(1_000)
    expect(await pongs(4)).toEqual([4, 'bye'])
  })

  it('R-SEC-6: loses the connection that goes beyond, and no other principal does', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, limits: { messagesPerSecondPerPrincipal: 5 } })
    const [first, second, bob] = [await h.connect(), await h.connect(), await h.connect(asBob)]
    const ping = (peer: typeof first, count: number) => {
      for (let i = 0; i < count; i++) peer.request('session.ping', { nonce: 'n' })
    }
    ping(first, 3)
    ping(second, 2)
    ping(bob, 5)
    await clock.settle()
    ping(second, 1)
    await clock.settle()
    expect((await second.next('session.closed')).payload).toEqual({
      reason: 'session_limit',
      resume: true,
      retry_after_ms: 1_000,
    })
    clock.advance(1_000)
    ping(first, 5)
    await clock.settle()
    const pongs = (peer: typeof first) => peer.frames.filter(({ type }) => type === 'session.pong').length
    expect([pongs(first), pongs(second), pongs(bob)]).toEqual([8, 2, 5])
  })
})
