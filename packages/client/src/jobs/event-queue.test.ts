import type { JobEvent } from '@arcp/protocol'
import { collect } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { completed, progress } from '../testing/events'
import { EventQueue } from './event-queue'

const LIMITS = { unreadEvents: 3, unreadBytes: 100 }

function queue(limits: Partial<typeof LIMITS> = {}, eased = () => {}) {
  return new EventQueue({ ...LIMITS, ...limits }, eased)
}

const seqs = (events: readonly JobEvent[]) => events.map(({ seq }) => seq)

describe('before anyone iterates', () => {
  it('keeps the newest by count', async () => {
    const events = queue()
    for (let seq = 1; seq <= 4; seq++) events.push(progress(seq), 1)
    expect(events.length).toBe(3)
    events.push(completed(5), 1)
    expect(seqs(await collect(events.iterate()))).toEqual([3, 4, 5])
  })

  it('keeps the newest by bytes, and always the last', async () => {
    const events = queue()
    events.push(progress(1), 60)
    events.push(progress(2), 40)
    expect(events.length).toBe(2)
    events.push(progress(3), 41)
    expect(events.length).toBe(2)
    events.push(progress(4), 1_000)
    expect(events.length).toBe(1)
    events.push(completed(5), 1)
    expect(seqs(await collect(events.iterate()))).toEqual([5])
  })

  it('keeps the terminal of a job that has ended', async () => {
    const events = queue({ unreadBytes: 1 })
    events.push(progress(1), 1)
    events.push(completed(2), 50)
    expect(seqs(await collect(events.iterate()))).toEqual([2])
  })
})

describe('an iteration', () => {
  it('yields what is held, then what comes, up to the terminal', async () => {
    const events = queue()
    events.push(progress(1), 1)
    const iterator = events.iterate()
    expect(await iterator.next()).toEqual({ done: false, value: progress(1) })
    const next = iterator.next()
    events.push(progress(2), 1)
    expect((await next).value?.seq).toBe(2)
    events.push(completed(3), 1)
    expect((await iterator.next()).value?.seq).toBe(3)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('answers calls of next() in the order they were made, also those past the end', async () => {
    const events = queue()
    const iterator = events.iterate()
    const calls = [iterator.next(), iterator.next(), iterator.next(), iterator.next()]
    events.push(progress(1), 1)
    events.push(completed(2), 1)
    const settled = await Promise.all(calls)
    expect(settled.map(({ value }) => value?.seq)).toEqual([1, 2, undefined, undefined])
    expect(settled.map(({ done }) => done)).toEqual([false, false, true, true])
  })

  it('takes any number of events that are read as they come', async () => {
    const events = queue({ unreadEvents: 1 })
    const iterator = events.iterate()
    for (let seq = 1; seq <= 1_000; seq++) {
      events.push(progress(seq), 100)
      expect((await iterator.next()).value?.seq).toBe(seq)
    }
    expect(events.length).toBe(0)
  })

  it('refuses a second one meanwhile, and goes on', async () => {
    const events = queue()
    const iterator = events.iterate()
    expect(() => events.iterate()).toThrow(TypeError)
    events.push(completed(1), 1)
    expect(seqs(await collect(iterator))).toEqual([1])
  })

  it('yields what is held before the error that ended the queue, and that again to a later one', async () => {
    const events = queue()
    const error = new Error('lost')
    const iterator = events.iterate()
    events.push(progress(1), 1)
    events.fail(error)
    expect((await iterator.next()).value?.seq).toBe(1)
    await expect(iterator.next()).rejects.toBe(error)
    expect((await iterator.next()).done).toBe(true)
    await expect(events.iterate().next()).rejects.toBe(error)
  })

  it('rejects who waits when the queue fails, once', async () => {
    const events = queue()
    const iterator = events.iterate()
    const calls = [iterator.next(), iterator.next()]
    events.fail(new Error('lost'))
    await expect(calls[0]).rejects.toThrow('lost')
    expect((await calls[1])?.done).toBe(true)
  })

  it('is not disturbed by a failure after the terminal', async () => {
    const events = queue()
    events.push(completed(1), 1)
    events.fail(new Error('lost'))
    expect(seqs(await collect(events.iterate()))).toEqual([1])
  })
})

describe('an iteration that is left early', () => {
  it('lets go of what is held, and keeps nothing from then on', async () => {
    const events = queue()
    events.push(progress(1), 1)
    events.push(progress(2), 1)
    for await (const event of events.iterate()) {
      expect(event.seq).toBe(1)
      break
    }
    expect(events.length).toBe(0)
    events.push(progress(3), 1)
    expect(events.length).toBe(0)
  })

  it('may be followed by another, which starts with what comes next', async () => {
    const events = queue()
    await events.iterate().return?.()
    events.push(progress(1), 1)
    const iterator = events.iterate()
    events.push(progress(2), 1)
    events.push(completed(3), 1)
    expect(seqs(await collect(iterator))).toEqual([2, 3])
  })

  it('may be followed by another after the end, which has the terminal', async () => {
    const events = queue()
    await events.iterate().return?.()
    events.push(progress(1), 1)
    events.push(completed(2), 1)
    expect(seqs(await collect(events.iterate()))).toEqual([2])
  })

  it('ends the calls of next() that wait', async () => {
    const events = queue()
    const iterator = events.iterate()
    const next = iterator.next()
    await iterator.return?.()
    expect((await next).done).toBe(true)
    expect((await iterator.next()).done).toBe(true)
  })

  it('does not end its successor when it is left again', async () => {
    const events = queue()
    const first = events.iterate()
    await first.return?.()
    const second = events.iterate()
    await first.return?.()
    events.push(completed(1), 1)
    expect(seqs(await collect(second))).toEqual([1])
  })
})

describe('the load', () => {
  it.each([
    ['events', { unreadEvents: 4, unreadBytes: 1_000 }],
    ['bytes', { unreadEvents: 1_000, unreadBytes: 40 }],
  ])('is what waits of the limit of %s, and drops nothing', (_, limits) => {
    const events = queue(limits)
    events.iterate()
    const loads = []
    for (let seq = 1; seq <= 6; seq++) {
      events.push(progress(seq), 10)
      loads.push(events.load)
    }
    expect(loads).toEqual([0.25, 0.5, 0.75, 1, 1.25, 1.5])
    expect(events.length).toBe(6)
  })

  it('is told of when it grows less: by each event read, and when the iteration is left', async () => {
    const loads: number[] = []
    const events = queue({ unreadEvents: 4 }, () => loads.push(events.load))
    const iterator = events.iterate()
    for (let seq = 1; seq <= 4; seq++) events.push(progress(seq), 10)
    await iterator.next()
    await iterator.next()
    await iterator.return?.()
    expect(loads).toEqual([0.75, 0.5, 0])
  })

  it('is none while nobody iterates', () => {
    const events = queue()
    for (let seq = 1; seq <= 6; seq++) events.push(progress(seq), 10)
    expect(events.load).toBe(0)
    events.iterate()
    expect(events.load).toBe(1)
  })
})

describe('a queue that was declined', () => {
  it('keeps nothing but the terminal', async () => {
    const events = queue()
    events.push(progress(1), 1)
    events.decline()
    events.push(progress(2), 1)
    expect(events.length).toBe(0)
    events.push(completed(3), 1)
    expect(seqs(await collect(events.iterate()))).toEqual([3])
  })

  it('still has everything for an iteration that begins before the next event', async () => {
    const events = queue()
    events.push(progress(1), 1)
    events.decline()
    const iterator = events.iterate()
    events.push(completed(2), 1)
    expect(seqs(await collect(iterator))).toEqual([1, 2])
  })
})
