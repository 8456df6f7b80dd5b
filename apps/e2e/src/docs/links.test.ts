import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { locate, read } from './repository'

const inside = (folder: string, file: (name: string) => string) =>
  readdirSync(locate(folder)).map((name) => join(folder, file(name)))

const pages = [
  ...inside('.', (name) => name),
  ...inside('docs', (name) => name),
  ...inside('packages', (name) => join(name, 'README.md')),
].filter((path) => path.endsWith('.md') && existsSync(locate(path)))

it.each(pages)('%s links only to files that are there', (page) => {
  const targets = [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '')
  const files = targets.filter((target) => !/^https?:/.test(target))
  expect(files.filter((file) => !existsSync(locate(join(dirname(page), file))))).toEqual([])
})

it('looks at the pages there are', () => {
  expect(pages).toEqual(
    expect.arrayContaining(['README.md', 'docs/protocol.md', 'packages/protocol/README.md']),
  )
})
