import { type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo } from '../testing/agents'
import { drive, harness, outcome, refusal } from '../testing/harness'
import { acknowledging, resuming } from '../testing/hello'

/** Says as much as its input tells it to: `events` times a text of `size`. */
const talker = agentOf('talker', async (input, ctx) => {
  const { events, size = 1 } = input as { events: number; size?: number }
  for (let i = 0; i < events; i++) await ctx.thought({ text: 't'.repeat(size) })
})

/** The numbers of the events a peer was sent. */
function numbers(peer: ScriptedPeer): number[] {
  return peer.frames.flatMap(({ event_seq }) => event_seq ?? [])
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

function acknowledge(peer: ScriptedPeer, last_processed_seq: number): string {
  return peer.request('session.ack', { last_processed_seq })
}

/** A session with this window, one job of which says many things, and all it is sent by itself. */
async function talking(limits: object, input: object) {
  const clock = new TestClock()
  const h = harness({ clock, agents: [talker, echo], limits })
  const peer = h.dial()
  const welcome = await drive(clock, peer.hello(acknowledging))
  peer.request('job.submit', { agent: 'talker', input })
  await clock.settle()
  return { h, clock, peer, welcome, [Symbol.asyncDispose]: () => h[Symbol.asyncDispose]() }
}

describe('the window for acknowledgements', () => {
  it('is told in the welcome, to those who agree on them', async () => {
    await using h = harness({ limits: { ackWindowEvents: 7.5, ackWindowBytes: Number.POSITIVE_INFINITY } })
    const peer = h.dial()
    const { payload } = await peer.hello(acknowledging)
    expect(payload.ack_window).toEqual({ events: 8, bytes: Number.MAX_SAFE_INTEGER })
    expect(payload.capabilities).toMatchObject({ features: ['ack', 'typed_events'] })
    expect((await h.dial().hello()).payload).not.toHaveProperty('ack_window')
  })

  it('is what a session is sent at most, in events, until it acknowledges some', async () => {
    await using t = await talking({ ackWindowEvents: 10 }, { events: 30 })
    const { peer, clock } = t
    expect(numbers(peer)).toEqual(upTo(10))
    acknowledge(peer, 4)
    await clock.settle()
    expect(numbers(peer)).toEqual(upTo(14))
    acknowledge(peer, 14)
    await clock.settle()
    expect(numbers(peer)).toEqual(upTo(24))
    acknowledge(peer, 24)
    await clock.settle()
    expect(numbers(peer)).toEqual(upTo(33))
    expect(peer.frames.at(-1)?.type).toBe('job.completed')
  })

  it('is what a session is sent at most, in bytes of payload', async () => {
    await using t = await talking({ ackWindowBytes: 5_000 }, { events: 20, size: 1_000 })
    const { peer, clock } = t
    const sent = () => peer.frames.filter(({ type }) => type === 'job.thought')
    expect(sent()).toHaveLength(4)
    acknowledge(peer, 4)
    await clock.settle()
    expect(sent()).toHaveLength(6)
    const size = peer.frames
      .filter(({ event_seq = 0 }) => event_seq > 4)
      .reduce((sum, { payload }) => sum + JSON.stringify(payload).length, 0)
    expect(size).toBeLessThanOrEqual(5_000)
  })

  it('does not keep back an event larger than itself, nor let others overtake it', async () => {
    await using t = await talking({ ackWindowBytes: 400 }, { events: 3, size: 1_000 })
    const { peer, clock } = t
    expect(numbers(peer), 'job.queued and job.started').toEqual([1, 2])
    peer.request('job.submit', { agent: 'echo' })
    acknowledge(peer, 1)
    await clock.settle()
    expect(numbers(peer)).toEqual([1, 2])
    for (const last of [2, 3, 4]) {
      acknowledge(peer, last)
      await clock.settle()
    }
    const { job_id } = peer.frames.find(({ type }) => type === 'job.thought') ?? {}
    const large = peer.frames.filter(({ type }) => type === 'job.thought')
    expect(large.every((frame) => frame.job_id === job_id)).toBe(true)
    for (let last = 5; last <= 10; last++) {
      acknowledge(peer, Math.min(last, numbers(peer).length))
      await clock.settle()
    }
    expect(numbers(peer)).toEqual(upTo(9))
  })

  it('is for all jobs of a session together, and for no other session', async () => {
    await using t = await talking({ ackWindowEvents: 10 }, { events: 30 })
    const { peer, clock, h } = t
    peer.request('job.submit', { agent: 'echo' })
    const other = await drive(clock, h.connect(acknowledging))
    expect((await drive(clock, outcome(other, { agent: 'echo', input: 1 }))).payload.result).toBe(1)
    expect(numbers(peer)).toEqual(upTo(10))
    acknowledge(peer, 10)
    await clock.settle()
    acknowledge(peer, 20)
    await clock.settle()
    expect(peer.frames.some(({ type }) => type === 'job.completed')).toBe(true)
  })

  it('keeps back no answer', async () => {
    await using t = await talking({ ackWindowEvents: 3 }, { events: 30 })
    const { peer, clock } = t
    peer.request('session.ping', { nonce: 'n' })
    peer.request('job.submit', { agent: 'echo' })
    await clock.settle()
    const answers = peer.frames.slice(-2).map(({ type }) => type)
    expect(answers).toEqual(['session.pong', 'job.accepted'])
  })

  it('is none where acknowledgements are not agreed', async () => {
    await using h = harness({ agents: [talker], limits: { ackWindowEvents: 10, ackWindowBytes: 100 } })
    const peer = await h.connect()
    await outcome(peer, { agent: 'talker', input: { events: 500 } })
    expect(numbers(peer)).toEqual(upTo(503))
  })
})

describe('session.ack', () => {
  it('above the last number sent is INVALID_REQUEST, and below an earlier one nothing', async () => {
    await using t = await talking({ ackWindowEvents: 10 }, { events: 30 })
    const { peer, clock } = t
    const id = acknowledge(peer, 11)
    expect(await drive(clock, refusal(peer, id))).toMatchObject({
      code: 'INVALID_REQUEST',
      details: {
        issues: [{ path: 'payload.last_processed_seq', message: 'the last number sent is 10' }],
      },
    })
    acknowledge(peer, 5)
    acknowledge(peer, 2)
    acknowledge(peer, 5)
    acknowledge(peer, 0)
    await clock.settle()
    expect(numbers(peer)).toEqual(upTo(15))
  })
})

describe('the window after a resume', () => {
  it('begins where the client says it is, and counts what is sent again', async () => {
    await using t = await talking({ ackWindowEvents: 10 }, { events: 30 })
    const { peer, clock, h, welcome } = t
    await peer.close()
    const second = h.dial()
    await drive(clock, second.hello({ ...acknowledging, ...resuming(welcome, 4) }))
    await clock.settle()
    expect(numbers(second)).toEqual(upTo(14, 5))
    acknowledge(second, 10)
    await clock.settle()
    expect(numbers(second)).toEqual(upTo(20, 5))
  })

  it('is not used up by what is acknowledged already, nor by what was never sent over this connection', async () => {
    await using t = await talking({ ackWindowEvents: 10 }, { events: 30 })
    const { peer, clock, h, welcome } = t
    acknowledge(peer, 6)
    await clock.settle()
    await peer.close()
    const second = h.dial()
    await drive(clock, second.hello({ ...acknowledging, ...resuming(welcome, 6) }))
    await clock.settle()
    expect(numbers(second), 'ten beyond what it has').toEqual(upTo(16, 7))
    const id = acknowledge(second, 17)
    expect(await drive(clock, refusal(second, id))).toMatchObject({ code: 'INVALID_REQUEST' })
  })

  it('may begin before what was acknowledged, as far as that is known', async () => {
    await using t = await talking({ ackWindowEvents: 10 }, { events: 30 })
    const { peer, clock, h, welcome } = t
    acknowledge(peer, 8)
    await clock.settle()
    expect(numbers(peer)).toEqual(upTo(18))
    await peer.close()
    const second = h.dial()
    await drive(clock, second.hello({ ...acknowledging, ...resuming(welcome, 3) }))
    await clock.settle()
    expect(numbers(second)).toEqual(upTo(13, 4))
    acknowledge(second, 13)
    await clock.settle()
    acknowledge(second, 23)
    await clock.settle()
    expect(numbers(second)).toEqual(upTo(33, 4))
  })

  it('begins there with cursors, too', async () => {
    await using t = await talking({ ackWindowEvents: 10 }, { events: 30 })
    const { peer, clock, h, welcome } = t
    const accepted = await drive(clock, peer.next('job.accepted'))
    await peer.close()
    const cursors = { [accepted.job_id ?? '']: { seq: 7, log_epoch: accepted.payload.log_epoch } }
    const second = h.dial()
    await drive(clock, second.hello({ ...acknowledging, ...resuming(welcome, 10, cursors) }))
    await clock.settle()
    const events = second.frames.filter(({ event_seq }) => event_seq !== undefined)
    expect(events.map(({ event_seq, payload }) => [event_seq, payload.seq])).toEqual(
      upTo(10).map((n) => [10 + n, 7 + n]),
    )
  })
})
