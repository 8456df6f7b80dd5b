import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { locate, read } from '../docs/repository'
import { SECTIONS } from './sections'
import { readTable } from './table'

const rows = readTable(read('docs/conformance.md'))
const named = rows.map((row) => [`${row.section} ${row.title}`, row] as const)

/*
 * Whether the tests that rows name exist and pass is found out at the end of each run, by the reporter beside this
 * file.
 */
describe('docs/conformance.md', () => {
  it('has every row, under its title, in order', () => {
    expect(rows.map(({ section, title }) => [section, title])).toEqual(SECTIONS)
  })

  it.each(named)('says of %s whether it is done or planned', (_, { status }) => {
    expect(['done', 'planned']).toContain(status)
  })

  it.each(named)('names sources of %s that exist', (_, { sources }) => {
    expect(sources.filter((path) => !existsSync(locate(path)))).toEqual([])
  })

  it.each(named)('names files of tests for %s that exist and are run', (_, { proofs }) => {
    const files = proofs.map(({ file }) => file)
    expect(files.filter((file) => !existsSync(locate(file)))).toEqual([])
    expect(files.filter((file) => !/^(packages|apps)\/[^/]+\/src\/.+\.test\.ts$/.test(file))).toEqual([])
  })

  it.each(named.filter(([, { status }]) => status === 'done'))('shows sources and tests of %s', (_, row) => {
    expect(row.sources.length).toBeGreaterThan(0)
    expect(row.proofs.length).toBeGreaterThan(0)
  })
})
