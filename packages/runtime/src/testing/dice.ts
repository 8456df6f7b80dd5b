import { seededRandom } from '@arcp/testkit'

/** Numbers below `sides`, the same for a seed in each run. */
export function dice(seed: string): (sides: number) => number {
  const random = seededRandom(seed)
  let bytes = random(65_536)
  let at = 0
  return (sides) => {
    if (at + 2 > bytes.length) {
      bytes = random(65_536)
      at = 0
    }
    const value = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
    at += 2
    return value % sides
  }
}
