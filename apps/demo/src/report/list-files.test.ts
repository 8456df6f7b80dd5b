import { execFileSync } from 'node:child_process'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gitEnv, tempTree } from '../testing/temp-tree'
import { listFiles } from './list-files'
import { ListFilesError } from './listing'

const env = gitEnv

async function filesOf(dir: string): Promise<readonly string[]> {
  return (await listFiles(dir, { env })).files
}

test('in a repository: tracked and new files, hidden ones too, without the ignored and the deleted', async () => {
  await using tree = await tempTree({
    '.gitignore': 'node_modules/\n*.log\n',
    'b.ts': 'b',
    'a/deep/c.ts': 'c',
    'deleted.ts': 'd',
    'forced.log': 'tracked although ignored',
    'node_modules/x/index.js': 'x',
  })
  await tree.git(['init', '-q'])
  await tree.git(['add', '-A'])
  await tree.git(['add', '-f', 'forced.log'])
  await tree.git(['commit', '-q', '-m', 'a'])
  await rm(join(tree.path, 'deleted.ts'))
  await tree.write('new.ts', 'new')
  await tree.write('debug.log', 'ignored')

  const list = await listFiles(tree.path, { env })
  expect(list).toEqual({
    files: ['.gitignore', 'a/deep/c.ts', 'b.ts', 'forced.log', 'new.ts'],
    skipped: [],
    source: { kind: 'git' },
  })
})

test('in a directory of a repository: its files only, relative to it, by the rules of the whole', async () => {
  await using tree = await tempTree({ '.gitignore': '*.log', 'top.ts': '', 'sub/a.ts': '', 'sub/x.log': '' })
  await tree.git(['init', '-q'])
  expect(await filesOf(join(tree.path, 'sub'))).toEqual(['a.ts'])
})

test('names with spaces, newlines, quotes and letters of any script come as they are', async () => {
  const names = [
    'a b.txt',
    'größe/表.txt',
    'it\'s "quoted".txt',
    'new\nline.txt',
    'tab\t.txt',
    '-rf',
    '🎉.md',
  ]
  await using tree = await tempTree(Object.fromEntries(names.map((name) => [name, 'x'])))
  const sorted = names.toSorted()
  expect(await filesOf(tree.path)).toEqual(sorted)
  await tree.git(['init', '-q'])
  await tree.git(['add', '--', 'a b.txt', 'new\nline.txt'])
  expect(await filesOf(tree.path)).toEqual(sorted)
})

test('repositories inside a repository are none of its files: submodules, and ones it does not know', async () => {
  await using library = await tempTree({ 'lib.ts': '' })
  await library.git(['init', '-q'])
  await library.git(['add', '-A'])
  await library.git(['commit', '-q', '-m', 'a'])
  await using tree = await tempTree({ 'own.ts': '', 'clone/theirs.ts': '' })
  await tree.git(['init', '-q'])
  await tree.git(['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.path, 'module'])
  await tree.git(['init', '-q'], 'clone')
  await tree.git(['add', '-A'], 'clone')
  await tree.git(['commit', '-q', '-m', 'a'], 'clone')

  expect(await filesOf(tree.path)).toEqual(['.gitmodules', 'own.ts'])
  expect(await filesOf(join(tree.path, 'module'))).toEqual(['lib.ts'])
  expect(await filesOf(join(tree.path, 'clone'))).toEqual(['theirs.ts'])
})

test('links are neither listed nor followed, also where a tracked directory became one', async () => {
  await using outside = await tempTree({ 'secret.txt': 'x', 'f.txt': 'x' })
  await using tree = await tempTree({ 'real.txt': '', 'dir/f.txt': '' })
  await tree.git(['init', '-q'])
  await tree.git(['add', '-A'])
  await rename(join(tree.path, 'dir'), join(tree.path, 'was-dir'))
  await symlink(outside.path, join(tree.path, 'dir'))
  await symlink(join(outside.path, 'secret.txt'), join(tree.path, 'link.txt'))
  await symlink('real.txt', join(tree.path, 'inner.txt'))
  await symlink('nowhere', join(tree.path, 'dangling'))
  await tree.git(['add', 'link.txt'])

  expect(await filesOf(tree.path)).toEqual(['real.txt', 'was-dir/f.txt'])
  await rm(join(tree.path, '.git'), { recursive: true })
  expect(await filesOf(tree.path)).toEqual(['real.txt', 'was-dir/f.txt'])
})

test('the directory itself may be reached through a link', async () => {
  await using tree = await tempTree({ 'dir/a.ts': '' })
  await symlink('dir', join(tree.path, 'link'))
  expect(await filesOf(join(tree.path, 'link'))).toEqual(['a.ts'])
  await tree.git(['init', '-q'])
  expect(await filesOf(join(tree.path, 'link'))).toEqual(['a.ts'])
})

test('a file in conflict is listed once, a tracked file that became a directory gives way to its files', async () => {
  await using tree = await tempTree({ 'a.txt': 'base\n', thing: '' })
  await tree.git(['init', '-q', '-b', 'main'])
  await tree.git(['add', '-A'])
  await tree.git(['commit', '-q', '-m', 'base'])
  await tree.git(['checkout', '-q', '-b', 'other'])
  await tree.write('a.txt', 'other\n')
  await tree.git(['commit', '-q', '-a', '-m', 'other'])
  await tree.git(['checkout', '-q', 'main'])
  await tree.write('a.txt', 'main\n')
  await tree.git(['commit', '-q', '-a', '-m', 'main'])
  await expect(tree.git(['merge', 'other'])).rejects.toThrow()
  await rm(join(tree.path, 'thing'))
  await tree.write('thing/inside.txt', '')

  expect(await filesOf(tree.path)).toEqual(['a.txt', 'thing/inside.txt'])
})

test('outside a repository: all but what is hidden', async () => {
  await using tree = await tempTree({
    'a.ts': '',
    'node_modules/x.js': '',
    'deep/er/still.ts': '',
    '.hidden': '',
    '.config/file': '',
    'deep/.cache/file': '',
  })
  expect(await listFiles(tree.path, { env })).toEqual({
    files: ['a.ts', 'deep/er/still.ts', 'node_modules/x.js'],
    skipped: [],
    source: { kind: 'walk', reason: 'it is not inside a git repository' },
  })
  expect(await filesOf(join(tree.path, '.config'))).toEqual(['file'])
})

test('without git installed, a repository is walked like any directory', async () => {
  await using tree = await tempTree({ '.gitignore': 'a.log', 'a.log': '', 'a.ts': '' })
  await tree.git(['init', '-q'])
  expect(await listFiles(tree.path, { env: { PATH: join(tree.path, 'empty') } })).toEqual({
    files: ['a.log', 'a.ts'],
    skipped: [],
    source: { kind: 'walk', reason: 'git is not installed' },
  })
})

test('a repository git cannot read is walked, and its complaint is the reason', async () => {
  await using tree = await tempTree({ 'a.ts': '', '.git/HEAD': 'ref: refs/heads/main\n' })
  await mkdir(join(tree.path, '.git/objects'))
  await mkdir(join(tree.path, '.git/refs'))
  await writeFile(join(tree.path, '.git/config'), '[core]\n repositoryformatversion = 99\n')
  const { files, source } = await listFiles(tree.path, { env })
  expect(files).toEqual(['a.ts'])
  expect(source).toMatchObject({ kind: 'walk', reason: expect.stringMatching(/^git gave no list \(.*99/) })
})

test('variables that point git elsewhere, as in a git hook, change nothing', async () => {
  await using other = await tempTree({ 'other.ts': '' })
  await other.git(['init', '-q'])
  await using tree = await tempTree({ 'own.ts': '' })
  await tree.git(['init', '-q'])
  const hook = { GIT_DIR: join(other.path, '.git'), GIT_WORK_TREE: other.path, GIT_INDEX_FILE: 'index' }
  expect((await listFiles(tree.path, { env: { ...env, ...hook } })).files).toEqual(['own.ts'])
})

test("listing a repository runs no program that the repository's configuration names", async () => {
  await using tree = await tempTree({ 'a.ts': '', 'hook.sh': '#!/bin/sh\ntouch "$(dirname "$0")/ran"\n' })
  await tree.git(['init', '-q'])
  execFileSync('chmod', ['+x', join(tree.path, 'hook.sh')])
  await tree.git(['config', 'core.fsmonitor', join(tree.path, 'hook.sh')])
  expect(await filesOf(tree.path)).toEqual(['a.ts', 'hook.sh'])
  expect(await filesOf(tree.path)).toEqual(['a.ts', 'hook.sh'])
})

test('a name no string can hold is told as skipped, not lost', async () => {
  await using tree = await tempTree({ 'a.ts': '' })
  await writeFile(Buffer.concat([Buffer.from(`${tree.path}/caf`), Buffer.of(0xe9)]), 'x')
  const skipped = [{ path: 'caf\ufffd', reason: 'its name is not valid UTF-8' }]
  expect(await listFiles(tree.path, { env })).toMatchObject({ files: ['a.ts'], skipped })
  await tree.git(['init', '-q'])
  expect(await listFiles(tree.path, { env })).toMatchObject({ files: ['a.ts'], skipped })
})

test('at the limit a listing is made, past it TOO_MANY_FILES is thrown, in git and out', async () => {
  await using tree = await tempTree({ 'a.ts': '', 'b.ts': '', 'c.ts': '' })
  const tooMany = { code: 'TOO_MANY_FILES', message: expect.stringContaining('more than 2 entries') }
  for (const kind of ['walk', 'git']) {
    if (kind === 'git') await tree.git(['init', '-q'])
    expect(await listFiles(tree.path, { env, maxFiles: 3 })).toMatchObject({ source: { kind } })
    await expect(listFiles(tree.path, { env, maxFiles: 2 })).rejects.toMatchObject(tooMany)
  }
})

test('what is no directory is an error that says so', async () => {
  await using tree = await tempTree({ 'a.ts': '' })
  const list = (name: string) => listFiles(join(tree.path, name), { env })
  await expect(list('gone')).rejects.toBeInstanceOf(ListFilesError)
  await expect(list('gone')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(list('a.ts')).rejects.toMatchObject({ code: 'NOT_A_DIRECTORY' })
  await expect(list('a.ts/b')).rejects.toMatchObject({ code: 'NOT_A_DIRECTORY' })
})

test('an aborted signal ends the listing, in git and out', async () => {
  await using tree = await tempTree({ 'a.ts': '' })
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(listFiles(tree.path, { env, signal })).rejects.toThrow('enough')
  await tree.git(['init', '-q'])
  await expect(listFiles(tree.path, { env, signal })).rejects.toThrow('enough')
})
