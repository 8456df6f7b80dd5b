import { expect, test } from 'vitest'
import { median, summarize } from './statistics'

test('the median is the middle one, or lies between the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
})

test('a summary tells the range', () => {
  expect(summarize([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 })
})
