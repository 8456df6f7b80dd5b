import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { harness } from '../testing/harness'

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
