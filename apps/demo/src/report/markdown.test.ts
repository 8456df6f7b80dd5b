import { lexer, type Token, type Tokens } from 'marked'
import { expect, test } from 'vitest'
import type { DirectoryReport } from './analyze-directory'
import type { FileFacts } from './analyze-file'
import { renderMarkdown, SKIPPED_SHOWN, TYPES_SHOWN } from './markdown'
import { createTally } from './tally'

function text(lines: number, markers = 0): FileFacts {
  return {
    kind: 'text',
    bytes: lines * 10,
    text: {
      lines,
      words: lines * 3,
      markers: { TODO: markers, FIXME: 0, XXX: 0, HACK: 0 },
      longest: [{ length: 1000 + lines, line: 2 }],
    },
  }
}

function reportOf(files: Record<string, FileFacts>, more: Partial<DirectoryReport> = {}): DirectoryReport {
  const tally = createTally()
  for (const [path, facts] of Object.entries(files)) tally.add(path, facts)
  return {
    dir: '/home/me/project',
    source: { kind: 'git' },
    totals: tally.totals(),
    types: tally.types(),
    skipped: [],
    ...more,
  }
}

function read(report: DirectoryReport): { headings: string[]; tables: string[][][]; tokens: Token[] } {
  const tokens: Token[] = lexer([...renderMarkdown(report)].join(''))
  const cells = (row: Tokens.TableCell[]) => row.map((cell) => cell.tokens.map(plain).join(''))
  return {
    tokens,
    headings: tokens
      .filter((token): token is Tokens.Heading => token.type === 'heading')
      .map(({ text }) => text),
    tables: tokens
      .filter((token): token is Tokens.Table => token.type === 'table')
      .map(({ header, rows }) => [cells(header), ...rows.map(cells)]),
  }
}

function plain(token: Token): string {
  return 'text' in token ? String(token.text) : token.raw
}

test('sums, markers and longest lines stand in tables, with numbers people can read', () => {
  const report = reportOf({
    'a.ts': text(1234567, 1),
    'b.md': text(2),
    'c.png': { kind: 'binary', bytes: 2048 },
  })
  const { headings, tables } = read(report)
  expect(headings).toEqual([
    'Report on `project`',
    'By file type',
    'Markers',
    'Longest lines',
    'How it is counted',
  ])
  expect(tables).toEqual([
    [
      ['Type', 'Files', 'Binary', 'Lines', 'Words', 'Markers', 'Size'],
      ['.ts', '1', '0', '1,234,567', '3,703,701', '1', '11.8 MiB'],
      ['.md', '1', '0', '2', '6', '0', '20 B'],
      ['.png', '1', '1', '0', '0', '0', '2.0 KiB'],
      ['All', '3', '1', '1,234,569', '3,703,707', '1', '11.8 MiB'],
    ],
    [
      ['Type', 'TODO', 'FIXME', 'XXX', 'HACK'],
      ['.ts', '1', '0', '0', '0'],
      ['All', '1', '0', '0', '0'],
    ],
    [
      ['Type', 'Where', 'Characters'],
      ['.ts', 'a.ts:2', '1,235,567'],
      ['.md', 'b.md:2', '1,002'],
    ],
  ])
})

test('an empty directory makes a report without empty tables', () => {
  const { headings, tables } = read(reportOf({}))
  expect(headings).toEqual(['Report on `project`', 'By file type', 'How it is counted'])
  expect(tables).toEqual([
    [
      ['Type', 'Files', 'Binary', 'Lines', 'Words', 'Markers', 'Size'],
      ['All', '0', '0', '0', '0', '0', '0 B'],
    ],
  ])
})

test('names that are Markdown themselves change nothing around them', () => {
  const hostile = 'x|y` | **b** \n# h <b>.ts|`md`'
  const { headings, tables } = read(reportOf({ [hostile]: text(1, 1), 'b.ts': text(2) }, { dir: '/a/`|#`' }))
  expect(headings[0]).toContain('#')
  expect(headings).toHaveLength(5)
  expect(tables.map((table) => table.map((row) => row.length))).toEqual([
    [7, 7, 7, 7],
    [5, 5, 5],
    [3, 3, 3],
  ])
  expect(tables[2]?.[2]?.[1]).toBe('x|y` | **b** \\n# h <b>.ts|`md`:2')
})

test('types past the limit share a row, and the sum stays whole', () => {
  const files = Object.fromEntries(
    Array.from({ length: TYPES_SHOWN + 2 }, (_, i) => [`f.t${i}`, text(100 - i)]),
  )
  const [types] = read(reportOf(files)).tables
  expect(types).toHaveLength(1 + TYPES_SHOWN + 2)
  const lines = 100 - TYPES_SHOWN + (100 - TYPES_SHOWN - 1)
  expect(types?.at(-2)).toEqual(['2 other types', '2', '0', `${lines}`, `${lines * 3}`, '0', '1.2 KiB'])
  expect(types?.at(-1)?.[1]).toBe(`${TYPES_SHOWN + 2}`)
})

test('what is left out is named up to the limit and counted past it', () => {
  const skipped = Array.from({ length: SKIPPED_SHOWN + 3 }, (_, i) => ({ path: `f${i}`, reason: 'EACCES' }))
  const { tokens } = read(reportOf({}, { skipped }))
  const list = tokens.find((token): token is Tokens.List => token.type === 'list')
  expect(list?.items).toHaveLength(SKIPPED_SHOWN + 1)
  expect(list?.items[0]?.text).toBe('`f0`: `EACCES`')
  expect(list?.items.at(-1)?.text).toBe('and 3 more')
})

test('where git gave no list the report says why', () => {
  const text = [...renderMarkdown(reportOf({}, { source: { kind: 'walk', reason: 'git is not installed' } }))]
  expect(text.join('')).toContain('git is not installed')
})

test('pieces are whole lines, and the same report gives the same pieces', () => {
  const report = reportOf({ 'a.ts': text(3, 1), LICENSE: text(3) })
  const pieces = [...renderMarkdown(report)]
  expect(pieces.length).toBeGreaterThan(10)
  expect(pieces.filter((piece) => !piece.endsWith('\n'))).toEqual([])
  expect([...renderMarkdown(report)]).toEqual(pieces)
})
