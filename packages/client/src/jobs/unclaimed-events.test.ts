import { expect, it } from 'vitest'
import { progress } from '../testing/events'
import { UnclaimedEvents } from './unclaimed-events'

const seqs = (events: readonly { event: { seq: number } }[]) => events.map(({ event }) => event.seq)

it('gives a job its events once, in order', () => {
  const unclaimed = new UnclaimedEvents({ unclaimedEvents: 10, unclaimedBytes: 100 })
  unclaimed.hold({ jobId: 'a', event: progress(1), size: 1 })
  unclaimed.hold({ jobId: 'b', event: progress(1), size: 1 })
  unclaimed.hold({ jobId: 'a', event: progress(2), size: 1 })
  expect(seqs(unclaimed.claim('a'))).toEqual([1, 2])
  expect(unclaimed.claim('a')).toEqual([])
  expect(seqs(unclaimed.claim('b'))).toEqual([1])
})

it.each([
  ['events', { unclaimedEvents: 3, unclaimedBytes: 1_000 }],
  ['bytes', { unclaimedEvents: 1_000, unclaimedBytes: 30 }],
])('lets the job first heard of go at the limit of %s', (_, limits) => {
  const within = new UnclaimedEvents(limits)
  const beyond = new UnclaimedEvents(limits)
  for (const unclaimed of [within, beyond]) {
    unclaimed.hold({ jobId: 'a', event: progress(1), size: 10 })
    unclaimed.hold({ jobId: 'b', event: progress(1), size: 10 })
    unclaimed.hold({ jobId: 'a', event: progress(2), size: 10 })
  }
  expect(seqs(within.claim('a'))).toEqual([1, 2])
  beyond.hold({ jobId: 'b', event: progress(2), size: 10 })
  expect(beyond.claim('a')).toEqual([])
  expect(seqs(beyond.claim('b'))).toEqual([1, 2])
})

it('counts only what is held now', () => {
  const unclaimed = new UnclaimedEvents({ unclaimedEvents: 2, unclaimedBytes: 20 })
  for (let round = 0; round < 10; round++) {
    unclaimed.hold({ jobId: 'a', event: progress(1), size: 10 })
    unclaimed.hold({ jobId: 'a', event: progress(2), size: 10 })
    expect(unclaimed.claim('a')).toHaveLength(2)
  }
  unclaimed.hold({ jobId: 'b', event: progress(1), size: 20 })
  unclaimed.clear()
  unclaimed.hold({ jobId: 'c', event: progress(1), size: 20 })
  expect(unclaimed.claim('c')).toHaveLength(1)
})
