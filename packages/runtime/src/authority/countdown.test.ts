import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { Countdown } from './countdown'

describe('a countdown', () => {
  it('is over at its exact time (R-AUT-5)', () => {
    const clock = new TestClock()
    const countdown = new Countdown(clock, 1_000.5)
    clock.advance(1_000)
    expect(countdown).toMatchObject({ leftMs: 0.5, isOver: false })
    clock.advance(0.5)
    expect(countdown).toMatchObject({ leftMs: 0, isOver: true })
  })

  it('is over when the wall clock says so, as after sleep (R-AUT-5)', () => {
    const clock = new TestClock()
    const countdown = new Countdown(clock, 60_000)
    clock.jumpWall(59_999)
    expect(countdown.isOver).toBe(false)
    clock.jumpWall(1)
    expect(countdown.isOver).toBe(true)
  })

  it('gains nothing by a wall clock that is set back', () => {
    const clock = new TestClock()
    const countdown = new Countdown(clock, 60_000)
    clock.jumpWall(-3_600_000)
    clock.advance(59_999)
    expect(countdown.isOver).toBe(false)
    clock.advance(1)
    expect(countdown.isOver).toBe(true)
  })

  it('of no time there is, is over', () => {
    expect(new Countdown(new TestClock(), Number.NaN).isOver).toBe(true)
  })

  it('counts from the moment it is told', () => {
    const clock = new TestClock()
    const countdown = new Countdown(clock, 60_000, clock.now() - 1_000)
    expect(countdown.leftMs).toBe(59_000)
  })
})
