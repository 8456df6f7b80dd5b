import { expect, test } from 'vitest'
import { expand } from './cores'

test('reads a list of cores as Linux writes it', () => {
  expect(expand('0-2,5')).toEqual([0, 1, 2, 5])
  expect(expand('3')).toEqual([3])
  expect(expand('')).toEqual([])
})
