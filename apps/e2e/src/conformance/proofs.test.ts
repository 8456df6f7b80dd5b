import { expect, it } from 'vitest'
import { type Outcomes, unproven } from './proofs'
import type { Row } from './table'

const row = (changes: Partial<Row> = {}): Row => ({
  section: '§4',
  title: 'Versioning',
  status: 'done',
  sources: [],
  proofs: [{ file: 'a.test.ts', name: 'works' }],
  ...changes,
})
const ran = (tests: Record<string, string>): Outcomes =>
  new Map([['a.test.ts', new Map(Object.entries(tests))]])

it('believes a row whose test ran and passed', () => {
  expect(unproven([row()], ran({ works: 'passed' }), true)).toEqual([])
})

it.each(['failed', 'skipped', 'pending'])('does not believe a row whose test %s', (state) => {
  expect(unproven([row()], ran({ works: state }), false)).toEqual([
    `§4 Versioning: a.test.ts: "works": ${state}`,
  ])
})

it('does not believe a row whose test is not in its file', () => {
  expect(unproven([row()], ran({ 'works well': 'passed' }), false)).toEqual([
    '§4 Versioning: a.test.ts: "works": no such test',
  ])
})

it('misses a file only in a run of everything', () => {
  expect(unproven([row()], new Map(), false)).toEqual([])
  expect(unproven([row()], new Map(), true)).toEqual([
    '§4 Versioning: a.test.ts: "works": the file did not run',
  ])
})

it('wants each test of a row, and none of a row that is planned', () => {
  const both = [
    { file: 'a.test.ts', name: 'works' },
    { file: 'a.test.ts', name: 'works twice' },
  ]
  expect(unproven([row({ proofs: both })], ran({ works: 'passed' }), true)).toHaveLength(1)
  expect(unproven([row({ status: 'planned' })], new Map(), true)).toEqual([])
})
