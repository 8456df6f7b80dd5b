import { agent } from '@arcp/protocol'
import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { harness } from '../testing/harness'

const features = { capabilities: { encodings: ['json'], features: ['typed_events', 'heartbeat'] } }
const idle = implement(agent({ name: 'idle', version: '1.0.0' }), (_, ctx) => {
  return new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
})

describe('a session whose heartbeat was agreed', () => {
  it('is told the interval, in fractions of a second where it is that short (R-LIF-11)', async () => {
    await using h = harness({ limits: { heartbeatMs: 250 } })
    const peer = h.dial()
    expect((await peer.hello(features)).payload.heartbeat_interval_sec).toBe(0.25)
    const other = h.dial()
    expect((await other.hello()).payload).not.toHaveProperty('heartbeat_interval_sec')
  })

  it('is pinged only when nothing else was sent for an interval (R-LIF-10)', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, limits: { heartbeatMs: 1_000 } })
    const peer = await h.connect(features)
    clock.advance(900)
    peer.request('session.ping', { nonce: 'n' })
    await peer.next('session.pong')
    clock.advance(900)
    await clock.settle()
    expect(peer.frames.filter(({ type }) => type === 'session.ping')).toEqual([])
    clock.advance(100)
    expect(await peer.next('session.ping')).toMatchObject({ payload: { nonce: expect.any(String) } })
  })

  it('lives on by any frame, also one nobody can read', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, limits: { heartbeatMs: 1_000 } })
    const peer = await h.connect(features)
    clock.advance(1_500)
    peer.send('no JSON')
    await peer.next('session.error')
    clock.advance(1_500)
    peer.request('session.ping', { nonce: 'alive' })
    expect((await peer.next('session.pong')).payload.ping_nonce).toBe('alive')
  })

  it('is parked after two silent intervals, its jobs untouched (R-LIF-1)', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [idle], limits: { heartbeatMs: 1_000 } })
    const peer = h.dial()
    const welcome = await peer.hello(features)
    peer.request('job.submit', { agent: 'idle' })
    const accepted = await peer.next('job.accepted')
    clock.advance(1_000)
    await peer.next('session.ping')
    clock.advance(1_000)
    const closed = await peer.next('session.closed')
    expect(closed.payload).toEqual({ reason: 'heartbeat_lost', resume: true })
    await peer.closed

    const again = await h.connect({
      ...features,
      resume: {
        session_id: welcome.session_id,
        resume_token: welcome.payload.resume_token,
        last_event_seq: 0,
        cursors: { [accepted.job_id ?? '']: { seq: 0, log_epoch: accepted.payload.log_epoch } },
      },
    })
    again.request('job.cancel', { job_id: accepted.job_id })
    await clock.settle()
    await again.next('job.cancelled')
  })

  it('lives on as long as any frame arrives', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, limits: { heartbeatMs: 1_000 } })
    const peer = await h.connect(features)
    for (let i = 0; i < 5; i++) {
      clock.advance(1_500)
      peer.request('session.ack', { last_processed_seq: 0 })
      await clock.settle()
    }
    expect(peer.frames.map(({ type }) => type)).not.toContain('session.closed')
  })
})

describe('a silent running job', () => {
  it('beats after each silent interval, unnumbered and outside its log', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [idle], limits: { jobHeartbeatMs: 15_000 } })
    const peer = await h.connect()
    peer.request('job.submit', { agent: 'idle' })
    const { job_id } = await peer.next('job.accepted')
    await clock.settle()
    await peer.next('job.started')
    clock.advance(14_999)
    await clock.settle()
    expect(peer.frames.map(({ type }) => type)).not.toContain('job.heartbeat')
    clock.advance(1)
    const beat = await peer.next('job.heartbeat')
    expect(beat).toMatchObject({ job_id, payload: { running_for_ms: 15_000 } })
    expect(beat).not.toHaveProperty('event_seq')
    expect(beat.payload).not.toHaveProperty('seq')
    clock.advance(15_000)
    expect((await peer.next('job.heartbeat')).payload.running_for_ms).toBe(30_000)
    peer.request('job.cancel', { job_id })
    await clock.settle()
    expect((await peer.next('job.cancelled')).payload.seq).toBe(3)
  })
})
