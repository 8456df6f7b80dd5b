import { describe, expect, it } from 'vitest'
import { leaseIssues } from './lease-issues'

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

  it('has one spelling for each currency', () => {
    expect(leaseIssues({ 'cost.budget': ['USD:1', 'EUR:1', 'Usd:1', 'USD:2'] })).toEqual([
      { path: 'lease_request["cost.budget"][2]', message: 'expected USD, as in another entry' },
    ])
  })
})
