import { expect, it } from 'vitest'
import { systemRandom } from './random'

it('gives as many bytes as asked for, others each time', () => {
  expect(systemRandom(0)).toHaveLength(0)
  expect(systemRandom(32)).toHaveLength(32)
  expect(systemRandom(32)).not.toEqual(systemRandom(32))
})
