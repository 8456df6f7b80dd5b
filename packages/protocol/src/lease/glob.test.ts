import { describe, expect, it } from 'vitest'
import { matchesGlob } from './glob'

describe('matchesGlob', () => {
  it.each([
    ['search', 'search', true],
    ['search', 'search2', false],
    ['*', 'search', true],
    ['*', 'web/search', false],
    ['**', 'web/search', true],
    ['web.*', 'web.search', true],
    ['web.*', 'webs.search', false],
    ['/a/**', '/a', true],
    ['/a/**', '/a/b/c', true],
    ['/a/**', '/a-b', false],
    ['/a/*/c', '/a/b/c', true],
    ['/a/*/c', '/a/b/b/c', false],
    ['**/*.ts', 'src/x/y.ts', true],
    ['', '', true],
    ['', 'a', false],
    ['a.b', 'axb', false],
  ])('%j covers %j: %j', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected)
  })

  it('gives up, with a no, on patterns that cost more than any real one', () => {
    expect(matchesGlob('*a'.repeat(512), 'a'.repeat(600))).toBe(true)
    expect(matchesGlob('*a'.repeat(512), 'a'.repeat(16_383))).toBe(false)
  })

  it('stays fast on patterns that make backtracking matchers explode', () => {
    expect(matchesGlob('*a'.repeat(50), `${'a'.repeat(2000)}b`)).toBe(false)
  })
})
