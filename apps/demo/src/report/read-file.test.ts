import { execFileSync } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempTree } from '../testing/temp-tree'
import { readFile } from './read-file'

async function read(path: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of readFile(path)) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

test('a file larger than a piece is read whole', async () => {
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251))
  await using tree = await tempTree({ 'big.bin': content, empty: '' })
  expect((await read(join(tree.path, 'big.bin'))).equals(content)).toBe(true)
  expect(await read(join(tree.path, 'empty'))).toHaveLength(0)
})

test('what is not a regular file is refused: a link, a directory, a pipe nobody writes to', async () => {
  await using tree = await tempTree({ a: 'a' })
  await symlink('a', join(tree.path, 'link'))
  execFileSync('sh', ['-c', 'mkfifo "$1"', '_', join(tree.path, 'pipe')])
  await expect(read(join(tree.path, 'link'))).rejects.toMatchObject({ code: 'ELOOP' })
  await expect(read(tree.path)).rejects.toThrow('not a regular file')
  await expect(read(join(tree.path, 'pipe'))).rejects.toThrow('not a regular file')
  await expect(read(join(tree.path, 'gone'))).rejects.toMatchObject({ code: 'ENOENT' })
})
