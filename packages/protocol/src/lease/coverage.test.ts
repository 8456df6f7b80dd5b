import { describe, expect, it } from 'vitest'
import { covers, excessOf, leaseIssues } from './coverage'

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

describe('R-AUT-1 what a lease asks for beyond another', () => {
  it('is the first pattern that no pattern of the other holds', () => {
    const outer = { 'fs.read': ['/src/**'], 'agent.delegate': ['helper'] }
    expect(excessOf(outer, { 'fs.read': ['/src/a', '/src/**'] })).toBeUndefined()
    expect(excessOf(outer, { 'fs.read': ['/src/a', '/**'] })).toEqual({
      namespace: 'fs.read',
      pattern: '/**',
    })
    expect(excessOf(outer, { 'fs.write': ['/src/a'] })).toEqual({ namespace: 'fs.write', pattern: '/src/a' })
    expect(excessOf(outer, { 'agent.delegate': ['helper@1.0.0'] })).toBeUndefined()
    expect(excessOf({ 'agent.delegate': ['helper@1.0.0'] }, outer)).toMatchObject({ namespace: 'fs.read' })
    expect(excessOf({ 'agent.delegate': ['h@1'] }, { 'agent.delegate': ['h'] })).toMatchObject({
      pattern: 'h',
    })
  })

  it('is an amount above the one it names, entries added up', () => {
    const outer = { 'cost.budget': ['USD:1.00', 'USD:0.50'] }
    expect(excessOf(outer, { 'cost.budget': ['USD:1.5'] })).toBeUndefined()
    expect(excessOf(outer, { 'cost.budget': ['USD:1.0', 'USD:0.500001'] })).toEqual({
      namespace: 'cost.budget',
      pattern: 'USD:0.500001',
    })
    expect(excessOf(outer, { 'cost.budget': ['EUR:99'] })).toBeUndefined()
    expect(excessOf(outer, {})).toBeUndefined()
  })
})

describe('R-AUT-7 what is wrong with a lease', () => {
  it('is told with its path', () => {
    expect(leaseIssues({ 'cost.budget': ['USD:1', 'USD'], 'fs.read': ['anything'] })).toEqual([
      { path: 'lease_request["cost.budget"][1]', message: 'expected CURRENCY:AMOUNT, like USD:1.50' },
    ])
  })

  it.each([
    'USD',
    'USD:',
    ':1',
    'USD:-1',
    'USD:+1',
    'USD:1.',
    'USD:.5',
    'USD:1.0000001',
    'USD:1234567890',
    'USD:1e3',
    'USD: 1',
    'USD:1 ',
    'USD:١',
    '1SD:1',
    'ABCDEFGHIJKLMNOPQ:1',
    'USD:1:2',
    'USD:NaN',
    'USD:Infinity',
  ])('refuses the budget %j', (entry) => {
    expect(leaseIssues({ 'cost.budget': [entry] })).toHaveLength(1)
  })

  it.each(['USD:0', 'USD:1', 'USD:999999999.999999', 'credits.v2_x-1:0.000001', 'A:1'])(
    'takes the budget %j',
    (entry) => {
      expect(leaseIssues({ 'cost.budget': [entry] })).toEqual([])
    },
  )
})
