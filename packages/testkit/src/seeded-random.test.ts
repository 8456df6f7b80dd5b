import { expect, test } from 'vitest'
import { seededRandom } from './seeded-random'

test('repeats itself for the same seed, whatever the sizes asked for', () => {
  const whole = seededRandom(7)(100)
  const again = seededRandom(7)
  const parts = [again(1), again(60), again(0), again(39)]
  expect(whole).toHaveLength(100)
  expect(parts.flatMap((part) => [...part])).toEqual([...whole])
})

test('differs for another seed and from call to call', () => {
  const random = seededRandom('a')
  expect(random(16)).not.toEqual(random(16))
  expect(seededRandom('b')(16)).not.toEqual(seededRandom('a')(16))
})
