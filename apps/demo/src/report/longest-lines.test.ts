import { expect, test } from 'vitest'
import { keepLongest, LONGEST_KEPT, type LongLine } from './longest-lines'

function kept(lengths: number[], before?: (a: LongLine, b: LongLine) => boolean): LongLine[] {
  const lines: LongLine[] = []
  for (const [i, length] of lengths.entries()) keepLongest(lines, { length, line: i + 1 }, before)
  return lines
}

test('keeps no more than its limit, longest first', () => {
  const lengths = [5, 9, 1, 7, 8, 2]
  expect(kept(lengths).map(({ length }) => length)).toEqual([9, 8, 7].slice(0, LONGEST_KEPT))
})

test('of equally long lines the earlier stays in front', () => {
  expect(kept([4, 4, 4, 4]).map(({ line }) => line)).toEqual([1, 2, 3])
})

test('of equally long lines the one that is placed before goes in front', () => {
  expect(kept([4, 4, 4, 4], (a, b) => a.line > b.line).map(({ line }) => line)).toEqual([4, 3, 2])
})
