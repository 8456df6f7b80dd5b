import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { issuesOf } from './schema'
import { formatTimestamp, parseTimestamp, timestampSchema } from './timestamp'

const moment = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

describe('formatTimestamp', () => {
  it('writes UTC, milliseconds and Z', () => {
    expect(formatTimestamp(moment)).toBe('2026-01-02T03:04:05.678Z')
    expect(formatTimestamp(0)).toBe('1970-01-01T00:00:00.000Z')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('throws for %d, which is no moment', (epochMs) => {
    expect(() => formatTimestamp(epochMs)).toThrow(RangeError)
  })
})

describe('parseTimestamp', () => {
  it.each([
    ['2026-01-02T03:04:05.678Z', moment],
    ['2026-01-02t03:04:05.678z', moment],
    ['2026-01-02T04:34:05.678+01:30', moment],
    ['2026-01-01T22:04:05.678-05:00', moment],
    ['2026-01-02T03:04:05.678-00:00', moment],
    ['2026-01-02T03:04:05Z', moment - 678],
    ['2026-01-02T03:04:05.6Z', moment - 78],
    ['2026-01-02T03:04:05.678999999Z', moment],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2026-12-31T23:59:59+00:00', Date.UTC(2026, 11, 31, 23, 59, 59)],
  ])('reads %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected)
  })

  it.each([
    '',
    'now',
    '2026-01-02',
    '2026-01-02T03:04Z',
    '2026-01-02T03:04:05',
    '2026-01-02 03:04:05Z',
    '2026-01-02T03:04:05.Z',
    '2026-01-02T03:04:05.1234567890Z',
    '2026-01-02T03:04:05+0100',
    '2026-01-02T03:04:05+99:99',
    '2026-13-02T03:04:05Z',
    '2026-00-02T03:04:05Z',
    '2026-01-00T03:04:05Z',
    '2026-02-29T03:04:05Z',
    '2024-02-30T03:04:05Z',
    '2026-04-31T03:04:05Z',
    '2026-01-02T24:00:00Z',
    '2026-01-02T23:60:00Z',
    '2026-01-02T23:59:60Z',
    '+002026-01-02T03:04:05Z',
    ' 2026-01-02T03:04:05Z',
    '2026-01-02T03:04:05Z\n',
  ])('refuses %j', (text) => {
    expect(parseTimestamp(text)).toBeUndefined()
  })

  it('reads back whatever formatTimestamp writes of the years 100 to 9999', () => {
    const inRange = fc.integer({ min: Date.UTC(100, 0, 1), max: Date.UTC(9999, 11, 31) })
    fc.assert(
      fc.property(inRange, (epochMs) => {
        expect(parseTimestamp(formatTimestamp(epochMs))).toBe(epochMs)
      }),
      { seed: 1 },
    )
  })
})

describe('timestampSchema', () => {
  it('refuses what is no timestamp, and no string', () => {
    expect(issuesOf(timestampSchema, '2026-01-02T03:04:05Z')).toBeUndefined()
    for (const value of ['tomorrow', 5, null, {}]) {
      expect(issuesOf(timestampSchema, value, 'expires_at')).toEqual([
        { path: 'expires_at', message: 'expected an RFC 3339 timestamp' },
      ])
    }
  })
})
