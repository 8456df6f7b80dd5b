import { TestClock } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { Principals } from './principals'

it('a principal that has ended its sessions is kept for as long as what it sent counts', () => {
  const clock = new TestClock()
  const principals = new Principals(clock, { sessionsPerPrincipal: 10, messagesPerSecondPerPrincipal: 2 })
  principals.join('ada')
  const rate = principals.rateOf('ada')
  expect([rate?.take(), rate?.take(), rate?.take()]).toEqual([true, true, false])
  principals.leave('ada')
  principals.join('bob')
  expect(principals.rateOf('ada')).toBe(rate)
  clock.advance(999)
  principals.leave('bob')
  expect(principals.rateOf('ada')).toBe(rate)
  clock.advance(1)
  principals.join('carol')
  expect(principals.rateOf('ada')).toBe(undefined)
})

it('a principal that comes back is forgotten no more', () => {
  const clock = new TestClock()
  const principals = new Principals(clock, { sessionsPerPrincipal: 10, messagesPerSecondPerPrincipal: 2 })
  principals.join('ada')
  const rate = principals.rateOf('ada')
  rate?.take()
  principals.leave('ada')
  principals.join('ada')
  clock.advance(5_000)
  principals.join('bob')
  expect(principals.rateOf('ada')).toBe(rate)
})
