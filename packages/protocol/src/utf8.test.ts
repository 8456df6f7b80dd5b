import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Length } from './utf8'

const encoder = new TextEncoder()

describe('utf8Length', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['é', 2],
    ['€', 3],
    ['😀', 4],
    ['\u007f\u0080\u07ff\u0800\uffff', 1 + 2 + 2 + 3 + 3],
  ])('counts %j', (text, bytes) => {
    expect(utf8Length(text)).toBe(bytes)
  })

  it.each(['\ud800', '\udfff', 'a\ud83d', '\ude00\ud83d', '\ud83d\ud83d\ude00', '\ud83da', '😀\ude00'])(
    'R-SEC-3: counts lone surrogates in %j as their replacement',
    (text) => {
      expect(utf8Length(text)).toBe(encoder.encode(text).length)
    },
  )

  it('agrees with the encoder on any string of UTF-16 code units', () => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000),
    )
    const text = fc.array(unit, { maxLength: 40 }).map((units) => String.fromCharCode(...units))
    fc.assert(
      fc.property(text, (value) => {
        expect(utf8Length(value)).toBe(encoder.encode(value).length)
      }),
      { seed: 2, numRuns: 1000 },
    )
  })
})
