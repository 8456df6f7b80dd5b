import { describe, expect, it } from 'vitest'
import { leaseDuration, MAX_LEASE_MS } from './expiry'

const NOW = Date.UTC(2026, 0, 2)
const inS = (s: number) => new Date(NOW + s * 1000).toISOString()

describe('how long a lease lasts', () => {
  it('is the earlier of both, and for ever with neither', () => {
    expect(leaseDuration({}, NOW)).toEqual({ ms: undefined })
    expect(leaseDuration({ expires_in_s: 0.5 }, NOW)).toEqual({ ms: 500 })
    expect(leaseDuration({ expires_at: inS(30) }, NOW)).toEqual({ ms: 30_000 })
    expect(leaseDuration({ expires_at: inS(30), expires_in_s: 10 }, NOW)).toEqual({ ms: 10_000 })
    expect(leaseDuration({ expires_at: inS(10), expires_in_s: 30 }, NOW)).toEqual({ ms: 10_000 })
  })

  it('R-AUT-6: takes any way to write UTC', () => {
    for (const zone of ['Z', 'z', '+00:00', '-00:00']) {
      expect(leaseDuration({ expires_at: `2026-01-02T00:00:01${zone}` }, NOW)).toEqual({ ms: 1000 })
    }
  })

  it.each([
    [
      'a moment that has passed',
      { expires_at: inS(-1) },
      'expires_at',
      'expected a time that is still to come',
    ],
    ['this very moment', { expires_at: inS(0) }, 'expires_at', 'expected a time that is still to come'],
    ['another zone', { expires_at: '2026-01-03T00:00:00+01:00' }, 'expires_at', /in UTC/],
    ['no zone', { expires_at: '2026-01-03T00:00:00' }, 'expires_at', /in UTC/],
    ['no moment', { expires_at: 'tomorrowZ' }, 'expires_at', /in UTC/],
    ['a day there is not', { expires_at: '2027-02-30T00:00:00Z' }, 'expires_at', /in UTC/],
    ['no time', { expires_in_s: 0 }, 'expires_in_s', 'expected a time that is still to come'],
    ['less than none', { expires_in_s: -1 }, 'expires_in_s', 'expected a time that is still to come'],
    ['more than ten years', { expires_in_s: MAX_LEASE_MS / 1000 + 1 }, 'expires_in_s', /ten years/],
    ['a moment more than ten years away', { expires_at: '2999-01-01T00:00:00Z' }, 'expires_at', /ten years/],
  ])('R-AUT-6: refuses %s', (_, constraints, field, message) => {
    expect(leaseDuration(constraints, NOW)).toEqual({
      fault: { field, message: expect.stringMatching(message) },
    })
  })

  it('R-AUT-6: takes exactly the longest', () => {
    expect(leaseDuration({ expires_in_s: MAX_LEASE_MS / 1000 }, NOW)).toEqual({ ms: MAX_LEASE_MS })
  })
})
