import type { Clock } from '@arcp/protocol'
import { TestClock } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { agentOf } from './testing/agents'
import { drive, harness, submitted } from './testing/harness'
import { storeThat } from './testing/store-that'

/** A clock that knows how many of its timers keep a process alive. */
class KeepingClock extends TestClock {
  kept = 0

  override setTimer(...[ms, run, options]: Parameters<Clock['setTimer']>) {
    if (options?.keepAlive === false) return super.setTimer(ms, run)
    let counts = true
    const done = () => {
      if (counts) this.kept--
      counts = false
    }
    this.kept++
    const timer = super.setTimer(ms, () => {
      done()
      run()
    })
    return {
      cancel() {
        done()
        timer.cancel()
      },
    }
  }
}

it.each([
  ['agents that never end', () => new Promise(() => {}), {}],
  ['a store that takes nothing', () => 1, { append: () => new Promise<void>(() => {}) }],
  ['a store that never closes', () => 1, { close: () => new Promise<void>(() => {}) }],
])('closing keeps the process alive while it waits for %s, and then no more', async (_, run, methods) => {
  const clock = new KeepingClock()
  const h = harness({ clock, agents: [agentOf('late', run)], store: storeThat(() => methods) })
  const peer = await drive(clock, h.connect())
  await drive(clock, submitted(peer, { agent: 'late' }))
  expect(clock.kept).toBe(0)
  const closing = h.runtime.close({ drainMs: 1_000 })
  await clock.settle()
  expect(clock.kept).toBe(1)
  await clock.settle()
  clock.advance(1_000)
  await clock.settle()
  expect(clock.kept).toBe(1)
  await drive(clock, closing)
  expect(clock.kept).toBe(0)
})

it('closing rejects with what the store throws when it closes', async () => {
  const close = () => Promise.reject(new Error('the disk is full'))
  const h = harness({ agents: [], store: storeThat(() => ({ close })) })
  await expect(h.runtime.close()).rejects.toThrow('the disk is full')
})
