import { beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from './clock'
import { Heartbeat } from './heartbeat'

/** A clock with one timer, as a heartbeat needs, that a test moves on. */
class OneTimerClock implements Clock {
  #now = 0
  #timer: { at: number; run: () => void } | undefined

  now = () => this.#now
  monotonic = () => this.#now
  defer(): void {
    throw new Error('a heartbeat defers nothing')
  }

  setTimer(ms: number, run: () => void) {
    const timer = { at: this.#now + ms, run }
    this.#timer = timer
    return {
      cancel: () => {
        if (this.#timer === timer) this.#timer = undefined
      },
    }
  }

  get hasTimer(): boolean {
    return this.#timer !== undefined
  }

  advance(ms: number): void {
    const until = this.#now + ms
    for (let due = this.#timer; due && due.at <= until; due = this.#timer) {
      this.#timer = undefined
      this.#now = Math.max(this.#now, due.at)
      due.run()
    }
    this.#now = until
  }

  /** Time passes, and nothing runs: the machine sleeps. */
  sleep(ms: number): void {
    this.#now += ms
  }
}

describe('Heartbeat', () => {
  let clock: OneTimerClock
  let told: string[]
  let heartbeat: Heartbeat
  const start = (intervalMs: number) =>
    new Heartbeat({
      clock,
      intervalMs,
      ping: () => told.push(`ping at ${clock.now()}`),
      onLost: () => told.push(`lost at ${clock.now()}`),
    })

  beforeEach(() => {
    clock = new OneTimerClock()
    told = []
    heartbeat = start(1000)
  })

  it('pings when nothing was sent for an interval, and gives up after two without a frame', () => {
    clock.advance(999)
    expect(told).toEqual([])
    clock.advance(5000)
    expect(told).toEqual(['ping at 1000', 'lost at 2000'])
    expect(clock.hasTimer).toBe(false)
  })

  it('R-LIF-10: does not ping while something else is sent', () => {
    for (let i = 0; i < 10; i++) {
      clock.advance(900)
      heartbeat.sent()
      heartbeat.received()
    }
    expect(told).toEqual([])
    clock.advance(1000)
    expect(told).toEqual(['ping at 10000'])
  })

  it('goes on pinging a peer that answers', () => {
    for (let i = 0; i < 4; i++) {
      clock.advance(1000)
      heartbeat.received()
    }
    expect(told).toEqual(['ping at 1000', 'ping at 2000', 'ping at 3000', 'ping at 4000'])
  })

  it('gives up on a peer that falls silent, however much is sent to it', () => {
    heartbeat.received()
    for (let i = 0; i < 30; i++) {
      clock.advance(100)
      heartbeat.sent()
    }
    expect(told).toEqual(['lost at 2000'])
  })

  it('R-LIF-11: keeps intervals below a second', () => {
    heartbeat.stop()
    start(50)
    clock.advance(100)
    expect(told).toEqual(['ping at 50', 'lost at 100'])
  })

  it('gives up at once after a sleep of two intervals', () => {
    clock.sleep(60_000)
    clock.advance(0)
    expect(told[0]).toMatch(/^lost/)
  })

  it('asks at once when probed, and waits no longer than asked', () => {
    heartbeat.received()
    heartbeat.probe(300)
    expect(told).toEqual(['ping at 0'])
    clock.advance(299)
    expect(told).toHaveLength(1)
    clock.advance(1)
    expect(told).toEqual(['ping at 0', 'lost at 300'])
  })

  it('asks a second time when probed, for what came may have been held back from before', () => {
    heartbeat.probe(300)
    heartbeat.received()
    clock.advance(300)
    expect(told).toEqual(['ping at 0', 'ping at 300'])
    clock.advance(5000)
    expect(told).toEqual(['ping at 0', 'ping at 300', 'lost at 600'])
  })

  it('waits no longer for the answer to a probe than an interval', () => {
    heartbeat.probe(5000)
    clock.advance(5000)
    expect(told).toEqual(['ping at 0', 'lost at 1000'])
  })

  it('goes on as before when a probe is answered twice', () => {
    heartbeat.probe(300)
    clock.advance(100)
    heartbeat.received()
    clock.advance(300)
    heartbeat.received()
    clock.advance(1000)
    expect(told).toEqual(['ping at 0', 'ping at 300', 'ping at 1300'])
    expect(clock.hasTimer).toBe(true)
  })

  it('asks a peer it is to probe after a sleep, before it gives up on it', () => {
    clock.sleep(60_000)
    heartbeat.probe(300)
    expect(told).toEqual(['ping at 60000'])
    clock.advance(300)
    expect(told).toEqual(['ping at 60000', 'lost at 60300'])
  })

  it('says nothing once stopped', () => {
    heartbeat.stop()
    heartbeat.stop()
    clock.advance(10_000)
    expect(told).toEqual([])
  })
})
