import { describe, expect, it } from 'vitest'
import { Counter } from './counter'

describe('a counter', () => {
  it('has left what was granted, less what is spent and set aside', () => {
    const counter = new Counter(100n)
    counter.charge(30n)
    counter.setAside(20n)
    counter.setAside(10n, { lent: true })
    expect(counter).toMatchObject({ granted: 100n, spent: 30n, reserved: 30n, remaining: 40n })
  })

  it('lets charges go through past zero', () => {
    const counter = new Counter(10n)
    counter.charge(9n)
    expect(counter.isExhausted).toBe(false)
    counter.charge(5n)
    expect(counter).toMatchObject({ remaining: -4n, isExhausted: true })
  })

  it('sets aside what is left, and no more', () => {
    const counter = new Counter(10n)
    expect(counter.setAside(11n)).toBeUndefined()
    const part = counter.setAside(10n)
    expect(counter.setAside(1n)).toBeUndefined()
    expect(counter).toMatchObject({ reserved: 10n, remaining: 0n, isExhausted: false })
    part?.settle(4n)
    expect(counter).toMatchObject({ reserved: 0n, spent: 4n, remaining: 6n })
  })

  it('charges what a part really came to, also if that is more', () => {
    const counter = new Counter(10n)
    counter.setAside(5n)?.settle(12n)
    expect(counter).toMatchObject({ spent: 12n, reserved: 0n, remaining: -2n })
  })

  it('ends a part once', () => {
    const counter = new Counter(10n)
    const part = counter.setAside(5n)
    expect(part?.isOpen).toBe(true)
    part?.release()
    part?.release()
    part?.settle(5n)
    expect(part?.isOpen).toBe(false)
    expect(counter).toMatchObject({ spent: 0n, reserved: 0n, remaining: 10n })
  })

  it('only records where nothing is granted', () => {
    const counter = new Counter(undefined)
    counter.charge(10n)
    counter.setAside(1_000n)
    expect(counter).toMatchObject({ spent: 10n, reserved: 1_000n, remaining: undefined, isExhausted: false })
  })
})
