import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Amount, formatAmount, parseAmount } from './amount'
import { budgetOf, isCurrency } from './budget'

describe('R-AUT-8 an amount', () => {
  it('is exact', () => {
    const sum = (parseAmount(0.1) as Amount) + (parseAmount(0.2) as Amount)
    expect(formatAmount(sum)).toBe('0.3')
    expect(sum).toBe(parseAmount('0.3'))
  })

  it.each([
    [1, '1'],
    ['1.50', '1.5'],
    ['007', '7'],
    [1e-7, '0.0000001'],
    [1.5e-12, undefined],
    [1e-12, '0.000000000001'],
    ['0.000000000001', '0.000000000001'],
    ['0.0000000000010', '0.000000000001'],
    ['0.0000000000001', undefined],
    [1e-13, undefined],
    [1e14, '100000000000000'],
    ['999999999999999.999999999999', '999999999999999.999999999999'],
    [1e15, undefined],
    [1e21, undefined],
    [1e300, undefined],
    [0, '0'],
    [-0, '0'],
    [-1, undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['', undefined],
    ['1.', undefined],
    ['.5', undefined],
    ['1e2', undefined],
    [' 1', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['0x10', undefined],
    ['1_000', undefined],
  ])('%j reads as %j', (value, expected) => {
    const amount = parseAmount(value)
    expect(amount === undefined ? undefined : formatAmount(amount)).toBe(expected)
  })

  it('is written as it was read, below zero too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 26n }), (amount) => {
        expect(parseAmount(formatAmount(amount))).toBe(amount)
        if (amount > 0n) expect(formatAmount(-amount)).toBe(`-${formatAmount(amount)}`)
      }),
      { seed: 1 },
    )
  })

  it('of a number is that of its shortest text', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (value) => {
        const amount = parseAmount(value)
        if (amount !== undefined) expect(Number(formatAmount(amount))).toBe(value)
      }),
      { seed: 2 },
    )
  })
})

describe('a budget', () => {
  it('adds up what is said of one currency, and tells currencies apart by case', () => {
    const budget = budgetOf(['USD:0.1', 'USD:0.2', 'usd:5', 'none'])
    expect([...budget].map(([currency, amount]) => [currency, formatAmount(amount)])).toEqual([
      ['USD', '0.3'],
      ['usd', '5'],
    ])
  })

  it('knows what may name a currency', () => {
    expect(['USD', 'a', 'x.y-z_1', 'A234567890123456'].every(isCurrency)).toBe(true)
    expect(['', '1', 'A2345678901234567', 'U D', '__proto__'].some(isCurrency)).toBe(false)
  })
})
