import { expect, test } from 'vitest'
import { Digest } from './digest'

function digestOf(...values: number[]): Digest {
  const digest = new Digest()
  for (const value of values) digest.add(value)
  return digest
}

test('takes 1 to n in their order, and nothing else', () => {
  expect(() => digestOf(1, 2, 3).expectUpTo(3)).not.toThrow()
  expect(() => digestOf(1, 2).expectUpTo(3)).toThrow('2 of 3')
  expect(() => digestOf(2, 1, 3).expectUpTo(3)).toThrow('3 of 3')
  expect(() => digestOf(1, 2, 3, 3).expectUpTo(3)).toThrow('4 of 3')
})
