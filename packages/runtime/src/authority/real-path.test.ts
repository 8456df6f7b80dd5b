import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realPathOf } from './real-path'

let root = ''

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'real-path-')))
  await mkdir(join(root, 'a/b'), { recursive: true })
  await writeFile(join(root, 'a/file'), '')
  await symlink('a', join(root, 'link'))
  await symlink('nowhere', join(root, 'dangling'))
  await symlink('loop', join(root, 'loop'))
})

afterAll(() => rm(root, { recursive: true }))

describe('the real path', () => {
  it.each([
    ['of what is there', 'a/b', 'a/b'],
    ['of what a link leads to', 'link/b', 'a/b'],
    ['of what lies below a link and is not there yet', 'link/new/deep', 'a/new/deep'],
    ['of what cannot be there, for its parent is a file', 'a/file/x', 'a/file/x'],
    ['of what would be deep, below a link', `link${'/x'.repeat(500)}`, `a${'/x'.repeat(500)}`],
  ])('%s', async (_, path, real) => {
    expect(await realPathOf(join(root, path))).toBe(join(root, real))
  })

  it.each([
    ['of a link to nothing', 'dangling'],
    ['of what lies below one', 'dangling/x'],
    ['of a link to itself', 'loop'],
    ['of a name that is none', 'a\0b'],
  ])('%s is nowhere', async (_, path) => {
    await expect(realPathOf(`${root}/${path}`)).rejects.toThrow()
  })

  it('of the root is the root', async () => {
    expect(await realPathOf('/')).toBe('/')
  })
})
