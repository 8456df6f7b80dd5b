import { expect, it } from 'vitest'
import { pooledRandom } from './pooled-random'

/** 0, 1, 2 … from where the last call ended, and the arrays they were given in. */
function counting() {
  const given: Uint8Array[] = []
  let next = 0
  const random = (bytes: number) => {
    const array = Uint8Array.from({ length: bytes }, () => next++)
    given.push(array)
    return array
  }
  return { random: pooledRandom(random), given }
}

it('hands out each byte once, and draws again when there are too few', () => {
  const { random, given } = counting()
  expect([...random(3)]).toEqual([0, 1, 2])
  expect([...random(2)]).toEqual([3, 4])
  expect(given).toHaveLength(1)
  random(4_090)
  expect([...random(2)]).toEqual([0, 1])
  expect(given).toHaveLength(2)
})

it('keeps nothing of what it handed out', () => {
  const { random, given } = counting()
  const secret = random(4)
  expect([...(given[0]?.subarray(0, 5) ?? [])]).toEqual([0, 0, 0, 0, 4])
  expect([...secret]).toEqual([0, 1, 2, 3])
})

it('passes on what is too large for it', () => {
  const { random, given } = counting()
  expect(random(5_000)).toHaveLength(5_000)
  expect(given.map(({ length }) => length)).toEqual([5_000])
  expect(random(0)).toHaveLength(0)
})
