import { messageIds } from '@arcp/protocol'
import { seededRandom, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { conversation, welcome } from '../testing/conversation'
import { progress } from '../testing/events'
import { Intake } from './intake'
import { Outbox } from './outbox'

const WINDOW = { events: 40, bytes: 4_000 }

/** An intake whose session stands, and what it has told the runtime. */
function intake({
  acknowledge = 'auto',
  windowed = true,
}: {
  acknowledge?: 'auto' | 'manual'
  windowed?: boolean
} = {}) {
  const clock = new TestClock()
  const said: number[] = []
  const outbox = new Outbox(messageIds(seededRandom(1)))
  const send = (frames: readonly string[]) => {
    for (const frame of frames) said.push(JSON.parse(frame).payload.last_processed_seq)
  }
  outbox.attach({ send }, welcome())
  const gate = { choked: false }
  const numbers = new Intake({ outbox, clock, acknowledge, choked: () => gate.choked })
  const take = (from: number, to: number, size = 1) => {
    for (let seq = from; seq <= to; seq++) numbers.take(seq, {}, size)
    outbox.flush()
  }
  const session = (resumed: boolean) => {
    numbers.begin(welcome({ ...(windowed && { ack_window: WINDOW }) }), resumed)
    outbox.flush()
  }
  session(false)
  return { clock, said, numbers, outbox, gate, take, session }
}

describe('what is taken in is acknowledged', () => {
  it('a quarter of the window at a time, in events', () => {
    const { said, take } = intake()
    take(1, 9)
    expect(said).toEqual([0])
    take(10, 25)
    expect(said).toEqual([0, 10, 20])
  })

  it('a quarter of the window at a time, in bytes', () => {
    const { said, take } = intake()
    take(1, 1, 999)
    take(2, 2, 1)
    take(3, 3, 5_000)
    expect(said).toEqual([0, 2, 3])
  })

  it('after 200 ms, counted from the first that is not, with one timer', () => {
    const { clock, said, take, outbox } = intake()
    take(1, 2)
    clock.advance(150)
    take(3, 4)
    expect(clock.timers).toBe(1)
    clock.advance(49)
    outbox.flush()
    expect(said).toEqual([0])
    clock.advance(1)
    outbox.flush()
    expect(said).toEqual([0, 4])
    expect(clock.timers).toBe(0)
    take(5, 5)
    take(6, 14)
    expect(said).toEqual([0, 4, 14])
    expect(clock.timers).toBe(0)
  })

  it('no more once the client is closed', async () => {
    await using talk = await conversation({}, { ack_window: WINDOW })
    talk.event('job_0', 'job.progress', 1, { current: 1 })
    await talk.clock.settle()
    expect(talk.clock.timers).toBe(1)
    const closing = talk.client.close()
    await talk.peer.close()
    await closing
    expect(talk.clock.timers).toBe(0)
  })

  it('not at all where the runtime gives no window', () => {
    const { clock, said, take } = intake({ windowed: false })
    take(1, 1_000)
    expect([clock.timers, said]).toEqual([0, [0]])
  })

  it('not while it is choked, and at once when it is told that it may no longer be', () => {
    const { clock, said, take, gate, numbers, outbox } = intake()
    gate.choked = true
    take(1, 35)
    clock.advance(1_000)
    numbers.settle()
    outbox.flush()
    expect(said).toEqual([0])
    gate.choked = false
    numbers.settle()
    outbox.flush()
    expect(said).toEqual([0, 35])
  })
})

describe('an application that acknowledges by itself', () => {
  it('does so for what has come, and for what came up to an event; going back changes nothing', () => {
    const { clock, said, take, numbers, outbox } = intake({ acknowledge: 'manual' })
    const event = progress(1)
    take(1, 20)
    numbers.take(21, event, 1)
    take(22, 30)
    expect([clock.timers, said]).toEqual([0, [0]])
    numbers.acknowledge(event)
    outbox.flush()
    expect(said).toEqual([0, 21])
    numbers.acknowledge()
    numbers.acknowledge(event)
    numbers.acknowledge(progress(1))
    outbox.flush()
    expect(said).toEqual([0, 21, 30])
  })

  it('says nothing in a new session by an event of the one before', () => {
    const { said, numbers, outbox, session } = intake({ acknowledge: 'manual' })
    const event = progress(1)
    numbers.take(1, event, 1)
    session(true)
    expect(said).toEqual([0, 1])
    session(false)
    numbers.acknowledge(event)
    outbox.flush()
    expect(said).toEqual([0, 1, 0])
    expect(numbers.lastSeq).toBe(0)
  })
})
