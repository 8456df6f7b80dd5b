import { InternalError, type JobEvent } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { collect } from '../testing/conversation'
import { completed, progress } from '../testing/events'
import { EventQueue } from './event-queue'

const LIMITS = { unreadEvents: 3, unreadBytes: 100, queuedEvents: 5, queuedBytes: 100 }

function queue(limits: Partial<typeof LIMITS> = {}) {
  return new EventQueue({ ...LIMITS, ...limits })
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
    const events = queue({ queuedEvents: 1 })
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

describe('an iteration that falls behind', () => {
  it.each([
    ['events', { queuedEvents: 5, queuedBytes: 1_000 }, 5],
    ['bytes', { queuedEvents: 1_000, queuedBytes: 50 }, 50],
  ])(
    'fails with INTERNAL_ERROR at the limit of %s and lets go of everything',
    async (unit, limits, limit) => {
      const events = queue(limits)
      const iterator = events.iterate()
      for (let seq = 1; seq <= 5; seq++) events.push(progress(seq), 10)
      expect(events.length).toBe(5)
      events.push(progress(6), 10)
      expect(events.length).toBe(0)
      const error: unknown = await iterator.next().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(InternalError)
      expect(error).toMatchObject({
        message: expect.stringContaining(`more than ${limit} ${unit}`),
        details: { reason: 'events_unread', limit },
      })
      expect((await iterator.next()).done).toBe(true)
    },
  )

  it('leaves the terminal to a later one', async () => {
    const events = queue({ queuedEvents: 1 })
    const iterator = events.iterate()
    events.push(progress(1), 1)
    events.push(completed(2), 1)
    await expect(iterator.next()).rejects.toThrow(InternalError)
    expect(seqs(await collect(events.iterate()))).toEqual([2])
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
