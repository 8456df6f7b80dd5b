import { describe, expect, it } from 'vitest'
import { coverageOf, covers } from './coverage'

describe('what a lease covers', () => {
  it('is nothing it does not name (R-AUT-4)', () => {
    expect(covers({}, 'tool.call', 'search')).toBe(false)
    expect(covers({ 'tool.call': [] }, 'tool.call', 'search')).toBe(false)
    expect(covers({ 'fs.read': ['**'] }, 'fs.write', '/a')).toBe(false)
    expect(covers({}, 'toString', 'a')).toBe(false)
  })

  it('is every version of an agent named without one', () => {
    const lease = { 'agent.delegate': ['research', 'web-*@2'] }
    expect(covers(lease, 'agent.delegate', 'research')).toBe(true)
    expect(covers(lease, 'agent.delegate', 'research@1.0.0')).toBe(true)
    expect(covers(lease, 'agent.delegate', 'research2@1.0.0')).toBe(false)
    expect(covers(lease, 'agent.delegate', 'web-a@2')).toBe(true)
    expect(covers(lease, 'agent.delegate', 'web-a@3')).toBe(false)
  })

  it('is never a budget, which limits and grants nothing', () => {
    expect(covers({ 'cost.budget': ['USD:1'] }, 'cost.budget', 'USD:1')).toBe(false)
  })

  it('ends with the prefix of a /** (R-AUT-2)', () => {
    const lease = { 'fs.read': ['/a/**'] }
    expect(
      ['/a', '/a/b', '/a/b/c', '/a-b', '/ab', '/'].filter((one) => covers(lease, 'fs.read', one)),
    ).toEqual(['/a', '/a/b', '/a/b/c'])
  })
})

describe('a host that is not public', () => {
  const fetches = (patterns: string[], url: string) => covers({ 'net.fetch': patterns }, 'net.fetch', url)

  it.each([
    'http://127.0.0.1/x',
    'http://2130706433/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://[::1]/',
    'http://10.0.0.7/',
    'http://169.254.169.254/',
    'http://168.63.129.16/',
  ])('is covered by no wildcard (R-AUT-11): %s', (url) => {
    expect(
      fetches(['**', 'http://**/**', 'http://127.0.0.*/**', 'http://10.**/**', 'http://*:80/**'], url),
    ).toBe(false)
  })

  it('is covered where a pattern names it, by that pattern alone', () => {
    const patterns = ['**', 'http://127.0.0.1:8080/a/**', 'http://localhost/*']
    expect(fetches(patterns, 'http://127.0.0.1:8080/a/b?c')).toBe(true)
    expect(fetches(patterns, 'http://0x7f.1:8080/a')).toBe(true)
    expect(fetches(patterns, 'http://localhost/a')).toBe(true)
    expect(fetches(patterns, 'http://127.0.0.1:8080/b')).toBe(false)
    expect(fetches(patterns, 'http://127.0.0.1/a/b')).toBe(false)
    expect(fetches(patterns, 'http://localhost:8080/a/b')).toBe(false)
    expect(fetches(patterns, 'http://8.8.8.8/')).toBe(true)
  })
})

it('is what it was when its patterns were read', () => {
  const lease = { 'tool.call': ['a'], 'model.use': ['m'] }
  const covered = coverageOf(lease)
  expect([covered('tool.call', 'a'), covered('tool.call', 'b')]).toEqual([true, false])
  lease['tool.call'][0] = 'b'
  expect([covered('tool.call', 'a'), covered('tool.call', 'b'), covered('model.use', 'm')]).toEqual([
    true,
    false,
    true,
  ])
})
