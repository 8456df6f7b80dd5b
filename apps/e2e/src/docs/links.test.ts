import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sectionsOf } from './markdown'
import { locate, read } from './repository'

const inside = (folder: string, file: (name: string) => string) =>
  readdirSync(locate(folder)).map((name) => join(folder, file(name)))

const pages = [
  ...inside('.', (name) => name),
  ...inside('docs', (name) => name),
  ...inside('packages', (name) => join(name, 'README.md')),
].filter((path) => path.endsWith('.md') && existsSync(locate(path)))

/** Where a page's links lead to inside the repository, as paths from its root, and the headings they name. */
const linksOf = (page: string) =>
  [...read(page).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]+))?\)/g)]
    .filter(([, target = '']) => !/^https?:/.test(target))
    .map(([, target, anchor]) => ({ path: target ? join(dirname(page), target) : page, anchor }))

/** What GitHub makes of a heading to link to it. */
const anchorOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')

describe.each(pages)('%s links only to', (page) => {
  it('files that are there', () => {
    expect(linksOf(page).filter(({ path }) => !existsSync(locate(path)))).toEqual([])
  })

  it('headings that are there', () => {
    const isMissing = ({ path, anchor }: { path: string; anchor?: string | undefined }) =>
      anchor !== undefined && !sectionsOf(read(path)).some(({ title }) => anchorOf(title) === anchor)
    expect(linksOf(page).filter(isMissing)).toEqual([])
  })
})

it('looks at the pages there are', () => {
  expect(pages).toEqual(
    expect.arrayContaining(['README.md', 'docs/protocol.md', 'packages/protocol/README.md']),
  )
})
