import type { Observation } from '@arcp/protocol/observe'
import { CloseCode } from '@arcp/protocol/transport'
import { faultyTransport, type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { heldAgent } from '../testing/agents'
import { drive, type Harness, harness, submitted } from '../testing/harness'

const LATE_MS = 1_000

/** A peer whose frames arrive at once, and which hears everything late, closes included. */
function connectFar(h: Harness, clock: TestClock, hello: Readonly<Record<string, unknown>> = {}) {
  return drive(
    clock,
    h.connect(hello, (far) => faultyTransport(far, { clock, outgoing: { delayMs: LATE_MS } })),
  )
}

function resumeOf(peer: ScriptedPeer) {
  const welcome = peer.frames[0]
  return {
    session_id: welcome?.session_id,
    resume_token: welcome?.payload.resume_token,
    last_event_seq: 0,
    cursors: {},
  }
}

describe('a transport that takes long to close', () => {
  it('keeps no session alive that has been closed: its token is void at once', async () => {
    const clock = new TestClock()
    await using h = harness({ clock })
    const peer = await connectFar(h, clock)
    peer.request('session.close', {})
    await clock.settle()
    await expect(h.connect({ resume: resumeOf(peer) })).rejects.toThrow('RESUME_WINDOW_EXPIRED')
    clock.advance(LATE_MS)
    expect(await peer.next('session.closed')).toMatchObject({ payload: { reason: 'bye', resume: false } })
    expect((await peer.closed).code).toBe(CloseCode.normal)
  })

  it('leaves the jobs of a closed session without an owner at once', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    await using h = harness({ clock, agents: [held.implementation] })
    const peer = await connectFar(h, clock)
    const accepted = drive(clock, submitted(peer, { agent: 'held' }))
    const { payload } = await accepted
    peer.request('session.close', {})
    await clock.settle()
    const other = await h.connect()
    await drive(clock, submitted(other, { resume_token: payload.resume_token, after_seq: 0 }))
    expect(other.frames.filter(({ type }) => type === 'job.status')).toEqual([])
    held.gate.open('done')
  })

  it('is not waited for: a session whose heartbeat was lost is parked at once', async () => {
    const clock = new TestClock()
    const told: string[] = []
    const observe = { observe: ({ type }: Observation) => void told.push(type) }
    await using h = harness({ clock, observe, limits: { heartbeatMs: 10_000 } })
    const features = ['typed_events', 'heartbeat']
    const peer = await connectFar(h, clock, { capabilities: { encodings: ['json'], features } })
    expect(peer.frames).toHaveLength(1)
    await clock.elapse(20_000 - LATE_MS)
    expect(peer.frames.map(({ type }) => type)).not.toContain('session.closed')
    expect(told).toContain('session.parked')
  })
})
