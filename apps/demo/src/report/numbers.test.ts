import { expect, test } from 'vitest'
import { formatBytes, formatCount } from './numbers'

test('counts have their thousands apart', () => {
  expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567'])
})

test('sizes come in the unit that fits', () => {
  const sizes = [0, 1023, 1024, 1536, 1024 ** 2 - 1, 20 * 1024 ** 2, 3 * 1024 ** 4, 5000 * 1024 ** 5]
  expect(sizes.map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '1.0 MiB',
    '20.0 MiB',
    '3.0 TiB',
    '5,000.0 PiB',
  ])
})
