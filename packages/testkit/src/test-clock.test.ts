import { expect, test } from 'vitest'
import { TestClock } from './test-clock'

test('stands still until it is advanced, then moves both times', () => {
  const clock = new TestClock(1_000)
  expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0])
  clock.advance(250)
  expect([clock.now(), clock.monotonic()]).toEqual([1_250, 250])
})

test('fires timers in the order they are due, equals in the order they were set', () => {
  const clock = new TestClock()
  const fired: string[] = []
  clock.setTimer(20, () => fired.push('late'))
  clock.setTimer(10, () => fired.push('first'))
  clock.setTimer(10, () => fired.push('second'))
  clock.advance(9)
  expect(fired).toEqual([])
  clock.advance(11)
  expect(fired).toEqual(['first', 'second', 'late'])
  expect(clock.timers).toBe(0)
})

test('shows each timer the time it was due at, and fires what a timer sets within the same step', () => {
  const clock = new TestClock(0)
  const seen: number[] = []
  const again = () => {
    seen.push(clock.now())
    clock.setTimer(10, again)
  }
  clock.setTimer(10, again)
  clock.advance(35)
  expect(seen).toEqual([10, 20, 30])
  expect(clock.now()).toBe(35)
})

test('never fires a cancelled timer, not even one cancelled by an earlier one of the same step', () => {
  const clock = new TestClock()
  const fired: string[] = []
  const second = clock.setTimer(5, () => fired.push('second'))
  clock.setTimer(1, () => second.cancel())
  clock.advance(10)
  second.cancel()
  expect(fired).toEqual([])
})

test('refuses delays that no platform timer keeps', () => {
  const clock = new TestClock()
  for (const ms of [-1, Number.NaN, 2 ** 31]) expect(() => clock.setTimer(ms, () => {})).toThrow(RangeError)
})

test('moves the wall clock alone when the machine sleeps', () => {
  const clock = new TestClock(0)
  let fired = false
  clock.setTimer(10, () => {
    fired = true
  })
  clock.jumpWall(1_000)
  expect([clock.now(), clock.monotonic(), fired]).toEqual([1_000, 0, false])
})

test('runs deferred work one macrotask at a time', () => {
  const clock = new TestClock()
  const ran: string[] = []
  clock.defer(() => {
    ran.push('outer')
    clock.defer(() => ran.push('inner'))
  })
  clock.advance(1_000)
  expect(ran).toEqual([])
  expect(clock.runDeferred()).toBe(1)
  expect(ran).toEqual(['outer'])
  expect(clock.deferred).toBe(1)
  clock.runDeferred()
  expect(ran).toEqual(['outer', 'inner'])
})

test('settles promises and deferred work alike', async () => {
  const clock = new TestClock()
  const ran: string[] = []
  void Promise.resolve()
    .then(() => clock.defer(() => ran.push('deferred')))
    .then(() => ran.push('promise'))
  await clock.settle()
  expect(ran).toEqual(['promise', 'deferred'])
})

test('lets everything go on before and after each timer while time elapses', async () => {
  const clock = new TestClock()
  const seen: string[] = []
  const note = (what: string) => seen.push(`${what} at ${clock.monotonic()}`)
  void Promise.resolve().then(() => {
    note('promise')
    clock.setTimer(10, () => {
      note('timer')
      void Promise.resolve().then(() => clock.defer(() => note('deferred')))
    })
    clock.setTimer(20, () => note('later timer'))
  })
  await clock.elapse(30)
  expect(seen).toEqual(['promise at 0', 'timer at 10', 'deferred at 10', 'later timer at 20'])
  expect(clock.monotonic()).toBe(30)
})
