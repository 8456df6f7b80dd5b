import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverageOf } from './coverage'
import { excessOf } from './excess'

const SEED = 20261122

/** Patterns of one kind, and what a text has to look like for it to be a target of that kind. */
interface Kind {
  readonly namespace: string
  /** Parts that patterns are made of, so few that many of them have something to do with each other. */
  readonly pattern: fc.Arbitrary<string>
  /** What a wildcard is replaced by; the second stands for `**` only. */
  readonly fillings: readonly [readonly string[], readonly string[]]
}

const parts =
  (...all: string[]) =>
  (max: number) =>
    fc.array(fc.constantFrom(...all), { maxLength: max }).map((some) => some.join(''))
const joined = (...all: fc.Arbitrary<string>[]) => fc.tuple(...all).map((some) => some.join(''))

const path = parts('a', 'b', '/', '*', '**', '/**')
const kinds: Record<string, Kind> = {
  names: {
    namespace: 'tool.call',
    pattern: path(5),
    fillings: [
      ['', 'a', 'b', 'xa'],
      ['/', 'a/b', '/x/'],
    ],
  },
  files: {
    namespace: 'fs.read',
    pattern: joined(
      fc.constantFrom('/', '/a', '/a/', '/a-', '/*/', '/**'),
      parts('a', 'b', '-', '/', '*')(3),
      fc.constantFrom('', '/**', '*', '/*'),
    ),
    fillings: [
      ['', 'a', 'b', '-b', '.x'],
      ['/', 'a/b', '/x/', 'b/-/a'],
    ],
  },
  URLs: {
    namespace: 'net.fetch',
    pattern: fc.oneof(
      { weight: 1, arbitrary: fc.constant('**') },
      {
        weight: 20,
        arbitrary: joined(
          fc.constantFrom('http://', 'HTTPS://', 'https://'),
          fc.constantFrom(
            'a',
            '*',
            '**',
            'a.b',
            '*.b',
            '**.b',
            '*.*',
            'a.*',
            '127.0.0.1',
            'localhost',
            '10.0.0.*',
          ),
          fc.constantFrom('', '', '', ':80', ':443', ':81'),
          fc.constantFrom('', '/', '/a', '/*', '/a/*', '/**', '/a/**', '/*/b', '/**/b', '/a%2fb'),
          fc.constantFrom('', '', '', '?', '?a', '?*', '?a=*'),
        ),
      },
    ),
    fillings: [
      ['', 'a', 'b', 'xb', '.', '?'],
      ['/', 'a.b', 'a/b', 'b?a', '//', '/a/'],
    ],
  },
  agents: {
    namespace: 'agent.delegate',
    pattern: joined(
      parts('a', 'b', '-', '*')(3),
      fc.constantFrom('', '', '@', '@1', '@*', '@1.*', '@**', '*@1'),
    ),
    fillings: [
      ['', 'a', 'b', '@1', '1.0', '@', '.2'],
      ['/', '@1.0', 'a@1.2'],
    ],
  },
}

/** Texts that a pattern stands for, most of them: its wildcards replaced, and what is optional there or not. */
function wordsOf(pattern: string, { namespace, fillings }: Kind): fc.Arbitrary<string> {
  const filling = fc.constantFrom(...fillings[0])
  const long = fc.oneof(filling, fc.constantFrom(...fillings[1]), fc.constantFrom('c', 'z9'))
  const isShort = pattern.endsWith('/**')
  const pieces = (pattern.match(/\*+|[^*]+/g) ?? []).map((piece) => {
    if (!piece.startsWith('*')) return fc.constant(piece)
    return piece === '*' ? filling : long
  })
  const whole = namespace === 'net.fetch' && pattern === '**' ? [fc.constant('http://a.b/'), long] : pieces
  const ends: Record<string, string[]> = {
    'net.fetch': ['', '', '?', '?a=b', '/', '#f'],
    'agent.delegate': ['', '', '@1', '@1.2'],
  }
  const end = fc.constantFrom(...(ends[namespace] ?? ['']))
  const full = whole.length === 0 ? end : joined(...whole, end)
  return isShort ? fc.oneof(full, fc.constant(pattern.slice(0, -3))) : full
}

describe('R-AUT-1 a lease within another', () => {
  it.each(Object.entries(kinds))('covers nothing that the other does not: %s', (_, kind) => {
    const { namespace, pattern } = kind
    const leaseOf = (patterns: readonly string[]) => ({ [namespace]: [...patterns] })
    const pairs = fc
      .tuple(fc.array(pattern, { minLength: 1, maxLength: 3 }), pattern)
      .chain(([outer, inner]) =>
        fc.record({
          outer: fc.constant(outer),
          inner: fc.constant(inner),
          words: fc.array(wordsOf(inner, kind), { minLength: 12, maxLength: 12 }),
        }),
      )
    const seen = { within: 0, beyond: 0, covered: 0, shown: 0 }
    fc.assert(
      fc.property(pairs, ({ outer, inner, words }) => {
        const isWithin = excessOf(leaseOf(outer), leaseOf([inner])) === undefined
        const [outerCovers, innerCovers] = [coverageOf(leaseOf(outer)), coverageOf(leaseOf([inner]))]
        const covered = words.filter((word) => innerCovers(namespace, word))
        const stray = covered.filter((word) => !outerCovers(namespace, word))
        seen[isWithin ? 'within' : 'beyond']++
        if (!isWithin) {
          if (stray.length > 0) seen.shown++
          return
        }
        seen.covered += covered.length
        expect(stray, `what ${inner} covers and ${outer} do not`).toEqual([])
      }),
      { seed: SEED, numRuns: 1_000 },
    )
    // Words are of use only where they are covered, and those that are beyond show that nothing is refused for nothing.
    expect(seen.covered).toBeGreaterThan(5 * seen.within)
    expect(seen.within).toBeGreaterThan(60)
    expect(seen.shown).toBeGreaterThan(0.97 * seen.beyond)
  })
})
