import { MAX_TIMER_MS } from '@arcp/protocol'
import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { longTimer } from './long-timer'

describe('longTimer', () => {
  it.each([0, 1, 1_500.5, MAX_TIMER_MS, MAX_TIMER_MS + 1, 60 * 86_400_000, 3 * MAX_TIMER_MS])(
    'fires once after %d ms, and not before (R-AUT-5)',
    (ms) => {
      const clock = new TestClock()
      let fired = 0
      longTimer(clock, ms, () => fired++)
      if (ms > 0) clock.advance(ms - 0.5)
      expect(fired).toBe(0)
      clock.advance(0.5)
      expect(fired).toBe(1)
      clock.advance(10 * MAX_TIMER_MS)
      expect(fired).toBe(1)
      expect(clock.timers).toBe(0)
    },
  )

  it('never fires where the delay is infinite', () => {
    const clock = new TestClock()
    let fired = 0
    const timer = longTimer(clock, Number.POSITIVE_INFINITY, () => fired++)
    clock.advance(20 * MAX_TIMER_MS)
    timer.cancel()
    expect(fired).toBe(0)
    expect(clock.timers).toBe(0)
  })

  it('is cancelled at any step', () => {
    const clock = new TestClock()
    let fired = 0
    const timer = longTimer(clock, 3 * MAX_TIMER_MS, () => fired++)
    clock.advance(2 * MAX_TIMER_MS)
    timer.cancel()
    timer.cancel()
    clock.advance(3 * MAX_TIMER_MS)
    expect(fired).toBe(0)
    expect(clock.timers).toBe(0)
  })
})
