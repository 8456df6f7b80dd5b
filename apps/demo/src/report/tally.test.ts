import { expect, test } from 'vitest'
import type { FileFacts } from './analyze-file'
import type { LongLine } from './longest-lines'
import { createTally } from './tally'

function text(bytes: number, lines: number, ...longest: LongLine[]): FileFacts {
  const markers = { TODO: 1, FIXME: 0, XXX: 0, HACK: 2 }
  return { kind: 'text', bytes, text: { lines, words: lines * 2, markers, longest } }
}

const FILES: [string, FileFacts][] = [
  ['b/x.ts', text(10, 3, { length: 9, line: 1 }, { length: 4, line: 2 })],
  ['a/x.ts', text(20, 4, { length: 9, line: 7 }, { length: 9, line: 2 }, { length: 1, line: 3 })],
  ['logo.PNG', { kind: 'binary', bytes: 500 }],
  ['LICENSE', text(7, 7)],
  ['b.md', text(70, 0)],
  ['a.md', text(30, 0)],
]

function tallyOf(files: [string, FileFacts][]) {
  const tally = createTally()
  for (const [path, facts] of files) tally.add(path, facts)
  return { totals: tally.totals(), types: tally.types() }
}

test('nothing adds up to nothing', () => {
  const { totals, types } = tallyOf([])
  expect(totals).toEqual({
    files: 0,
    binary: 0,
    bytes: 0,
    lines: 0,
    words: 0,
    markers: { TODO: 0, FIXME: 0, XXX: 0, HACK: 0 },
  })
  expect(types).toEqual([])
})

test('sums are over all files and per type; a binary file adds only itself and its bytes', () => {
  const { totals, types } = tallyOf(FILES)
  expect(totals).toEqual({
    files: 6,
    binary: 1,
    bytes: 637,
    lines: 14,
    words: 28,
    markers: { TODO: 5, FIXME: 0, XXX: 0, HACK: 10 },
  })
  expect(types.find(({ type }) => type === '.ts')).toMatchObject({ files: 2, bytes: 30, lines: 7, words: 14 })
  expect(types.find(({ type }) => type === '.png')).toMatchObject({
    files: 1,
    binary: 1,
    bytes: 500,
    lines: 0,
  })
})

test('types come with most lines first, then most bytes, then by name', () => {
  const files = FILES.concat([
    ['B', text(1, 0)],
    ['A', text(1, 0)],
  ])
  expect(tallyOf(files).types.map(({ type }) => type)).toEqual(['.ts', 'LICENSE', '.png', '.md', 'A', 'B'])
})

test("a type's longest lines are those of all its files, equal ones by path and line", () => {
  const [ts] = tallyOf(FILES).types
  expect(ts?.longest).toEqual([
    { path: 'a/x.ts', length: 9, line: 2 },
    { path: 'a/x.ts', length: 9, line: 7 },
    { path: 'b/x.ts', length: 9, line: 1 },
  ])
})

test('the order files come in makes no difference', () => {
  expect(tallyOf(FILES.toReversed())).toEqual(tallyOf(FILES))
})

test('a file may be named like a property of every object', () => {
  const { types } = tallyOf([
    ['__proto__', text(1, 1)],
    ['constructor', text(1, 1)],
  ])
  expect(types.map(({ type, files }) => [type, files])).toEqual([
    ['__proto__', 1],
    ['constructor', 1],
  ])
})
