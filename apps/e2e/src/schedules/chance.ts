import { seededRandom } from '@arcp/testkit'

/** Decisions that are the same for the same seed. */
export interface Chance {
  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number
  /** `true` once in `times`, on average. */
  oneIn(times: number): boolean
  /** One of `items`. */
  pick<T>(items: readonly [T, ...T[]]): T
}

export function chanceOf(seed: number | string): Chance {
  const random = seededRandom(seed)
  const below = (limit: number) => {
    const [a = 0, b = 0, c = 0, d = 0] = random(4)
    return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % limit
  }
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick: ([first, ...rest]) => [first, ...rest][below(rest.length + 1)] ?? first,
  }
}
