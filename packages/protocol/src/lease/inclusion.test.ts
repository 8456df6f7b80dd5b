import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { globLanguage } from './glob'
import { inclusionIn, MAX_WORK, type Work } from './inclusion'

const SEED = 20261122

/** Patterns of few letters, so that many of them have something to do with each other. */
const pattern = fc
  .array(fc.constantFrom('a', 'b', '/', '*', '**', '/**'), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''))
const patterns = fc.array(pattern, { minLength: 1, maxLength: 3 })

function isWithin(outer: readonly string[], inner: string): boolean {
  return isWithinBy({ left: MAX_WORK }, outer, inner)
}

function isWithinBy(work: Work, outer: readonly string[], inner: string): boolean {
  return inclusionIn(outer.map(globLanguage), work)(globLanguage(inner))
}

/** A pattern read by the first character of what is left of it: independent of how the comparison reads it. */
function rest(pattern: string, character: string): string[] {
  if (pattern === '') return []
  const [, stars = '', after = ''] = /^(\**)(.*)$/s.exec(pattern) ?? []
  if (stars === '') return pattern[0] === character ? [pattern.slice(1)] : []
  const stays = stars.length > 1 || character !== '/' ? [pattern] : []
  return [...stays, ...rest(after, character)]
}

function isEmptyIn(pattern: string): boolean {
  return /^\**$/.test(pattern)
}

/** All ways to read a pattern, the directory that a trailing `/**` covers among them. */
function readings(pattern: string): string[] {
  return pattern.endsWith('/**') ? [pattern, pattern.slice(0, -3)] : [pattern]
}

/** The same question, answered by walking the two as deterministic automata over every letter there is. */
function isWithinByAutomata(outer: readonly string[], inner: string): boolean {
  const start = [readings(inner), outer.flatMap(readings)] as const
  const seen = new Set<string>()
  const open: (readonly [readonly string[], readonly string[]])[] = [start]
  for (let next = open.pop(); next; next = open.pop()) {
    const [left, right] = next
    const key = JSON.stringify([[...left].sort(), [...right].sort()])
    if (seen.has(key)) continue
    seen.add(key)
    if (left.some(isEmptyIn) && !right.some(isEmptyIn)) return false
    for (const character of 'ab/x') {
      const step = (all: readonly string[]) => [...new Set(all.flatMap((one) => rest(one, character)))]
      if (step(left).length > 0) open.push([step(left), step(right)])
    }
  }
  return true
}

describe('R-AUT-1 whether patterns lie within others', () => {
  it.each([
    [['**'], '*', true],
    [['*'], '**', false],
    [['a/*'], 'a/b', true],
    [['a/*'], 'a/**', false],
    [['a/**'], 'a', true],
    [['a/**'], 'a/*/b', true],
    [['a/**'], 'a-b', false],
    [['a/**'], 'a*', false],
    [['*a*'], '*', false],
    [['a*', '*b'], 'a*b', true],
    [['a', 'b'], '*', false],
    [['a/*', 'a/*/**'], 'a/**', false],
    [['a', 'a/*', 'a/*/**'], 'a/**', true],
    [[], 'a', false],
  ])('%j hold %j: %j', (outer, inner, expected) => {
    expect(isWithin(outer, inner)).toBe(expected)
  })

  it('agrees with automata built another way', () => {
    let held = 0
    fc.assert(
      fc.property(patterns, pattern, (outer, inner) => {
        const expected = isWithinByAutomata(outer, inner)
        if (expected) held++
        expect(isWithin(outer, inner)).toBe(expected)
      }),
      { seed: SEED, numRuns: 5_000 },
    )
    expect(held).toBeGreaterThan(200)
  })

  it('need no work where everything is allowed, however intricate they are', () => {
    const inner = '*a'.repeat(500)
    expect(isWithinBy({ left: 0 }, ['b', '**'], inner)).toBe(true)
    expect(isWithinBy({ left: 0 }, ['**a', '*'], inner)).toBe(false)
  })

  it('gives up on patterns made to be intricate, and says no', () => {
    const outer = Array.from({ length: 8 }, (_, i) => `**${'a*'.repeat(40 + i)}b`)
    const work = { left: 20_000 }
    expect(isWithinBy(work, outer, `${'*a'.repeat(60)}*b`)).toBe(false)
    expect(work.left).toBeLessThan(0)
    expect(work.left).toBeGreaterThan(-20_000)
  })
})
