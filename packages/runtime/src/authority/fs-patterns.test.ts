import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enforcedPattern, toldPattern } from './fs-patterns'

let root = ''

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'fs-patterns-')))
  await mkdir(join(root, 'src/deep'), { recursive: true })
  await mkdir(join(root, 'odd*'))
  await symlink('src', join(root, 'link'))
  await symlink('odd*', join(root, 'plain'))
  await symlink('/', join(root, 'everything'))
})

afterAll(() => rm(root, { recursive: true }))

describe('a pattern for files is enforced', () => {
  it.each([
    ['relative to the root', 'src/**', '/src/**'],
    ['with nothing before its wildcard', '**', '/**'],
    ['with a wildcard inside a name', 'src/de*/x', '/src/de*/x'],
    ['without a wildcard', 'src/deep', '/src/deep'],
    ['for the root itself', '.', ''],
    ['through what a link leads to', 'link/**', '/src/**'],
    ['after dots before its wildcard', 'src/deep/../../src/./*', '/src/*'],
    ['for what is not there yet', 'link/new/*.txt', '/src/new/*.txt'],
  ])('%s', async (_, pattern, enforced) => {
    expect(await enforcedPattern(pattern, root)).toBe(root + enforced)
  })

  it.each([
    ['as it is', '/**', '/**'],
    ['for the root of all', '/', '/'],
    ['through a link out of the root', 'everything/etc/**', '/etc/**'],
    ['after dots out of the root', '../../../../../../../**', '/**'],
  ])('%s, absolute', async (_, pattern, enforced) => {
    expect(await enforcedPattern(pattern, root)).toBe(enforced)
  })

  it('nowhere without a root, unless it is absolute', async () => {
    expect(await enforcedPattern('src/**', undefined)).toBeUndefined()
    expect(await enforcedPattern(`${root}/link/**`, undefined)).toBe(`${root}/src/**`)
  })

  it('through no link where links have been followed before', async () => {
    expect(await enforcedPattern('link/../link/**', root, false)).toBe(`${root}/link/**`)
  })

  it('nowhere if a link leads to a name that would be a wildcard', async () => {
    expect(await enforcedPattern('plain/x', root)).toBeUndefined()
  })
})

it.each([
  ['/srv', '/srv/a/**', 'a/**'],
  ['/srv', '/srv/**', '**'],
  ['/srv', '/srv', '.'],
  ['/srv', '/srv-b/a', '/srv-b/a'],
  ['/srv', '/', '/'],
  ['/', '/a/**', 'a/**'],
  ['/', '/', '.'],
  [undefined, '/a', '/a'],
])('below %s a pattern is told without it: %s', async (fsRoot, pattern, told) => {
  expect(toldPattern(pattern, fsRoot)).toBe(told)
  expect(await enforcedPattern(told, fsRoot, false)).toBe(pattern)
})
