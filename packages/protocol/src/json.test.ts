import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isObject, nestsDeeperThan } from './json'
import { anyUnit } from './testing/any-unit'

/** How deep a value nests, by walking it. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

describe('nestsDeeperThan', () => {
  it.each([
    ['{}', 0, true],
    ['{}', 1, false],
    ['[[[]]]', 2, true],
    ['[[[]]]', 3, false],
    ['[[],[],[],[]]', 2, false],
    ['"[[[["', 1, false],
    ['["\\"[[[["]', 1, false],
    ['["\\\\",[[1]]]', 2, true],
    ['{"[[":"}}"}', 1, false],
    ['"unfinished [[[[', 0, false],
    ['not json {{{', 2, true],
  ])('%s, %d: %j', (text, limit, expected) => {
    expect(nestsDeeperThan(text, limit)).toBe(expected)
  })

  it('agrees with a walk over any JSON value, at every limit near its depth', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6, depthSize: 'small', stringUnit: anyUnit }),
        fc.nat(2),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent)
          const depth = depthOf(JSON.parse(text))
          expect(nestsDeeperThan(text, depth)).toBe(false)
          if (depth > 0) expect(nestsDeeperThan(text, depth - 1)).toBe(true)
        },
      ),
      { seed: 3, numRuns: 500 },
    )
  })

  it('agrees on strings made of brackets, quotes and backslashes', () => {
    const awkward = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a', '\ud800') })
    fc.assert(
      fc.property(fc.array(fc.tuple(awkward, awkward)), (pairs) => {
        const text = JSON.stringify([Object.fromEntries(pairs)])
        expect(nestsDeeperThan(text, 2)).toBe(false)
        expect(nestsDeeperThan(text, 1)).toBe(true)
      }),
      { seed: 4, numRuns: 500 },
    )
  })
})

describe('isObject', () => {
  it('knows objects from arrays, null and plain values', () => {
    expect([{}, JSON.parse('{"__proto__":1}'), Object.create(null)].every(isObject)).toBe(true)
    expect([[], null, undefined, '', 0, true, () => {}].some(isObject)).toBe(false)
  })
})
