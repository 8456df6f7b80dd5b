import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempTree } from '../testing/temp-tree'
import { resolveDirectory } from './directory'
import { EXIT } from './fail'

test('a relative directory counts from where the command was typed', async () => {
  await using tree = await tempTree({ 'a/b/file': '' })
  const typedIn = { env: { INIT_CWD: join(tree.path, 'a') }, cwd: '/' }
  expect(await resolveDirectory('b', typedIn)).toBe(join(tree.path, 'a/b'))
  expect(await resolveDirectory('.', typedIn)).toBe(join(tree.path, 'a'))
  expect(await resolveDirectory('b', { env: {}, cwd: join(tree.path, 'a') })).toBe(join(tree.path, 'a/b'))
  expect(await resolveDirectory(tree.path, typedIn)).toBe(tree.path)
})

test('what is not there, or no directory, fails with the full path', async () => {
  await using tree = await tempTree({ file: '' })
  const where = { env: {}, cwd: tree.path }
  await expect(resolveDirectory('gone', where)).rejects.toMatchObject({
    message: `no such directory: ${join(tree.path, 'gone')}`,
    exitCode: EXIT.noSuchDirectory,
  })
  await expect(resolveDirectory('file', where)).rejects.toMatchObject({
    message: `not a directory: ${join(tree.path, 'file')}`,
    exitCode: EXIT.noSuchDirectory,
  })
})
