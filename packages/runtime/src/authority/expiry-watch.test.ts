import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { Countdown } from './countdown'
import { ExpiryWatch } from './expiry-watch'

/** A watch over countdowns of these lengths, and those that are over, by their index. */
function watching(...lengths: number[]) {
  const clock = new TestClock()
  const watch = new ExpiryWatch(clock)
  const over: number[] = []
  const timers = lengths.map((ms, i) => watch.watch(new Countdown(clock, ms), () => over.push(i)))
  return { clock, watch, over, timers }
}

describe('a watch', () => {
  it('tells of each end at its time', () => {
    const { clock, over } = watching(5_000.5, 2_500, 60_000)
    clock.advance(2_499)
    expect(over).toEqual([])
    clock.advance(1)
    expect(over).toEqual([1])
    clock.advance(2_500)
    expect(over).toEqual([1])
    clock.advance(0.5)
    expect(over).toEqual([1, 0])
  })

  it('notices a wall clock that has jumped within a second (R-AUT-5)', () => {
    const { clock, over } = watching(3_600_000, 7_200_000)
    clock.advance(10_500)
    clock.jumpWall(3_600_000)
    clock.advance(500)
    expect(over).toEqual([0])
  })

  it('notices a wall clock that runs ahead bit by bit', () => {
    const { clock, over } = watching(60_000)
    for (let i = 0; i < 56; i++) {
      expect(over).toEqual([])
      clock.jumpWall(90)
      clock.advance(1_000)
    }
    expect(over).toEqual([0])
  })

  it('notices a wall clock that jumps to and fro', () => {
    const { clock, over } = watching(60_000)
    clock.jumpWall(30_000)
    clock.advance(1_000)
    clock.jumpWall(-30_000)
    clock.advance(30_000)
    expect(over).toEqual([])
    clock.jumpWall(30_000)
    clock.advance(1_000)
    expect(over).toEqual([0])
  })

  it('is no later than a jump it does not notice', () => {
    const { clock, over } = watching(10_000)
    clock.jumpWall(99)
    clock.advance(9_999)
    expect(over).toEqual([])
    clock.advance(1)
    expect(over).toEqual([0])
  })

  it('waits for an end beyond the longest timer (R-AUT-5)', () => {
    const days = 86_400_000
    const { clock, over } = watching(30 * days)
    clock.advance(30 * days - 1)
    expect(over).toEqual([])
    clock.advance(1)
    expect(over).toEqual([0])
  })

  it('takes one that is over already, but not at once', () => {
    const clock = new TestClock()
    const over: number[] = []
    const countdown = new Countdown(clock, 1)
    clock.advance(2)
    new ExpiryWatch(clock).watch(countdown, () => over.push(1))
    expect(over).toEqual([])
    clock.advance(0)
    expect(over).toEqual([1])
  })

  it('leaves no timer behind once nobody waits (R-LIF-8)', () => {
    const { clock, over, timers, watch } = watching(1_000, 2_000)
    for (const timer of timers) timer.cancel()
    expect(clock.timers).toBe(0)
    timers[0]?.cancel()
    watch.watch(new Countdown(clock, 500), () => over.push(9))
    clock.advance(5_000)
    expect(over).toEqual([9])
    expect(clock.timers).toBe(0)
  })

  it('tells of every end that a jump has brought, though telling of the first one throws', () => {
    const clock = new TestClock()
    const watch = new ExpiryWatch(clock)
    const over: string[] = []
    watch.watch(new Countdown(clock, 60_000), () => {
      over.push('first')
      throw new Error('told badly')
    })
    watch.watch(new Countdown(clock, 70_000), () => over.push('second'))
    clock.jumpWall(80_000)
    expect(() => clock.advance(1_000)).toThrow('told badly')
    clock.advance(0)
    expect(over).toEqual(['first', 'second'])
    expect(clock.timers).toBe(0)
  })

  it('bears that one end takes back the wait for another', () => {
    const clock = new TestClock()
    const watch = new ExpiryWatch(clock)
    const over: string[] = []
    watch.watch(new Countdown(clock, 10), () => {
      over.push('first')
      second.cancel()
    })
    const second = watch.watch(new Countdown(clock, 10), () => over.push('second'))
    clock.advance(10)
    expect(over).toEqual(['first'])
    expect(clock.timers).toBe(0)
  })
})
