import { expect, it } from 'vitest'
import { readTable } from './table'

const page = (cells: string) => `# Page

| Section | Title | Status | Source | Test |
|---|---|---|---|---|
${cells}

After it.
`

it('reads rows with one or several sources and tests', () => {
  const text = page(
    '| §4 | Versioning | done | [a.ts](../x/a.ts)<br>[b](../x/b) | [a.test.ts](../x/a.test.ts): works<br>[b.test.ts](../x/b.test.ts): is: fine |',
  )
  expect(readTable(text)).toEqual([
    {
      section: '§4',
      title: 'Versioning',
      status: 'done',
      sources: ['x/a.ts', 'x/b'],
      proofs: [
        { file: 'x/a.test.ts', name: 'works' },
        { file: 'x/b.test.ts', name: 'is: fine' },
      ],
    },
  ])
})

it('reads rows with nothing to show yet', () => {
  const [row] = readTable(page('| §10 | Delegation | planned | — | — |'))
  expect(row).toEqual({ section: '§10', title: 'Delegation', status: 'planned', sources: [], proofs: [] })
})

it.each([
  ['a source that is no link', '| §4 | V | done | a.ts | — |'],
  ['a link that leaves the repository', '| §4 | V | done | [a](https://example.com) | — |'],
  ['a test without a name', '| §4 | V | done | — | [a.test.ts](../a.test.ts) |'],
])('refuses %s', (_, cells) => {
  expect(() => readTable(page(cells))).toThrow()
})
