import { expect, test } from 'vitest'
import { percentOf } from './progress'

test('a percent is whole, never 100 before the end, and never outside 0 to 100', () => {
  expect([0, 1, 999, 1000, 2000, -5].map((current) => percentOf(current, 1000))).toEqual([
    0, 0, 99, 100, 100, 0,
  ])
})

test('without a total nobody knows', () => {
  expect([undefined, 0, -1, Number.NaN].map((total) => percentOf(3, total))).toEqual(Array(4).fill(undefined))
})
