import { afterEach, describe, expect, it, vi } from 'vitest'
import { MAX_TIMER_MS, systemClock } from './clock'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.resetModules()
})

describe('systemClock', () => {
  it('tells the time of the machine', () => {
    vi.useFakeTimers({ now: 1_000, toFake: ['Date', 'performance'] })
    const start = systemClock.monotonic()
    vi.advanceTimersByTime(500)
    expect(systemClock.now()).toBe(1_500)
    expect(systemClock.monotonic() - start).toBe(500)
  })

  it('calls a timer once, unless it is cancelled', () => {
    vi.useFakeTimers()
    const kept = vi.fn()
    const cancelled = vi.fn()
    systemClock.setTimer(100, kept)
    const timer = systemClock.setTimer(100, cancelled)
    timer.cancel()
    timer.cancel()
    vi.advanceTimersByTime(99)
    expect(kept).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1000)
    expect(kept).toHaveBeenCalledTimes(1)
    expect(cancelled).not.toHaveBeenCalled()
  })

  it('never lets a delay beyond the longest a timer keeps turn into none', () => {
    vi.useFakeTimers()
    const run = vi.fn()
    systemClock.setTimer(MAX_TIMER_MS + 1000, run)
    systemClock.setTimer(Number.POSITIVE_INFINITY, run)
    vi.advanceTimersByTime(MAX_TIMER_MS - 1)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('keeps a process alive unless told otherwise', () => {
    const unref = vi.fn()
    vi.stubGlobal('setTimeout', () => ({ unref }))
    vi.stubGlobal('clearTimeout', () => {})
    systemClock.setTimer(1, () => {})
    systemClock.setTimer(1, () => {}, { keepAlive: true })
    expect(unref).not.toHaveBeenCalled()
    systemClock.setTimer(1, () => {}, { keepAlive: false })
    expect(unref).toHaveBeenCalledTimes(1)
  })

  it('takes the numeric timers of browsers', () => {
    const cleared = vi.fn()
    vi.stubGlobal('setTimeout', () => 7)
    vi.stubGlobal('clearTimeout', cleared)
    systemClock.setTimer(1, () => {}, { keepAlive: false }).cancel()
    expect(cleared).toHaveBeenCalledWith(7)
  })

  it('defers to a later macrotask, in order', async () => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      systemClock.defer(() => order.push('first'))
      systemClock.defer(() => {
        order.push('second')
        resolve()
      })
      queueMicrotask(() => order.push('microtask'))
    })
    expect(order).toEqual(['microtask', 'first', 'second'])
  })

  it('defers through a message port where there is no setImmediate', async () => {
    vi.stubGlobal('setImmediate', undefined)
    vi.resetModules()
    const ports: MessagePort[] = []
    vi.stubGlobal(
      'MessageChannel',
      class extends MessageChannel {
        constructor() {
          super()
          ports.push(this.port1)
        }
      },
    )
    const { systemClock: browser } = await import('./clock')
    const order: string[] = []
    await new Promise<void>((resolve) => {
      browser.defer(() => order.push('first'))
      browser.defer(() => {
        order.push('second')
        resolve()
      })
      queueMicrotask(() => order.push('microtask'))
    })
    expect(order).toEqual(['microtask', 'first', 'second'])
    expect(ports).toHaveLength(1)
    ports[0]?.close()
  })
})
