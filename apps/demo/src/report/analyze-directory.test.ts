import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { gitEnv, tempTree } from '../testing/temp-tree'
import { analyzeDirectory } from './analyze-directory'
import { MARKERS } from './markers'
import { type ReadFile, readFile } from './read-file'

const run = promisify(execFile)
const env = gitEnv

const GIT_LIST =
  'unset $(git rev-parse --local-env-vars); git ls-files -z --cached --others --exclude-standard'
const FIND_LIST = "find . -name '.?*' -prune -o -type f -print0"

/** One line per file: its bytes, whether it is binary, its newlines, words and markers, by standard tools. */
const MEASURE = `
  test -f "$1" && ! test -L "$1" || exit 0
  nul=$(head -c 8192 "$1" | tr -cd '\\000' | wc -c)
  markers=$(LC_ALL=C grep -aowE '${MARKERS.join('|')}' "$1" | wc -l)
  echo $(wc -c < "$1") $nul $(wc -lw < "$1") $markers`

/** What git, find, wc and grep say of a directory. */
async function askTheTools(dir: string, list: string, env = gitEnv) {
  const command = `${list} | xargs -0 -n 1 -P 2 sh -c '${MEASURE.replaceAll("'", `'\\''`)}' _`
  const { stdout } = await run('sh', ['-c', command], {
    cwd: dir,
    env: { ...env, LC_ALL: 'C.UTF-8' },
    maxBuffer: 64 * 1024 * 1024,
  })
  const sums = { files: 0, binary: 0, bytes: 0, lines: 0, words: 0, markers: 0 }
  for (const row of stdout.split('\n').filter(Boolean)) {
    const [bytes = 0, nul = 0, lines = 0, words = 0, markers = 0] = row.split(' ').map(Number)
    sums.files++
    sums.bytes += bytes
    if (nul > 0) sums.binary++
    else {
      sums.lines += lines
      sums.words += words
      sums.markers += markers
    }
  }
  return sums
}

async function ourSums(dir: string, env = gitEnv) {
  const { totals, types, skipped } = await analyzeDirectory(dir, { env })
  expect(skipped).toEqual([])
  for (const key of ['files', 'binary', 'bytes', 'lines', 'words'] as const) {
    expect(types.reduce((sum, type) => sum + type[key], 0)).toBe(totals[key])
  }
  return { ...totals, markers: MARKERS.reduce((sum, marker) => sum + totals.markers[marker], 0) }
}

const MIXED = {
  '.gitignore': 'ignored/\n',
  'src/main.ts': 'export {}\n// TODO: more, FIXME: less\n// HACKS\n',
  'src/no newline.md': 'größe — naïve → 🎉\n\nlast line',
  'src/crlf.txt': 'a b\r\nc\r\n',
  'odd/new\nline.txt': 'XXX HACK\n',
  'odd/-n': 'looks like an option\n',
  'image.png': Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0x0a, 0x0a),
  empty: '',
  'ignored/big.txt': 'never seen\n'.repeat(1000),
  '.hidden/secret.txt': 'hidden words\n',
}

test('the sums over a repository are those of git ls-files, wc and grep', async () => {
  await using tree = await tempTree(MIXED)
  await tree.git(['init', '-q'])
  await tree.git(['add', 'src', 'image.png'])
  await symlink('src/main.ts', join(tree.path, 'link.ts'))
  const sums = await ourSums(tree.path)
  expect(sums).toEqual(await askTheTools(tree.path, GIT_LIST))
  expect(sums).toMatchObject({ files: 9, binary: 1, markers: 4 })
  expect(await ourSums(join(tree.path, 'src'))).toEqual(await askTheTools(join(tree.path, 'src'), GIT_LIST))
})

test('the sums over a plain directory are those of find, wc and grep', async () => {
  await using tree = await tempTree(MIXED)
  await symlink('src', join(tree.path, 'link'))
  const sums = await ourSums(tree.path)
  expect(sums).toEqual(await askTheTools(tree.path, FIND_LIST))
  expect(sums).toMatchObject({ files: 8, binary: 1 })
})

test('the sums over the project this belongs to are those of git ls-files, wc and grep', {
  timeout: 120_000,
}, async () => {
  const project = fileURLToPath(new URL('../../../..', import.meta.url))
  const list = existsSync(join(project, '.git')) ? GIT_LIST : FIND_LIST
  // Whoever edits it meanwhile makes the two differ; a fault of ours does so every time.
  for (let attempt = 1; ; attempt++) {
    const told = await askTheTools(project, list, process.env)
    const sums = await ourSums(project, process.env)
    if (attempt < 5 && JSON.stringify(sums) !== JSON.stringify(told)) continue
    expect(sums).toEqual(told)
    expect(sums.files).toBeGreaterThan(50)
    return
  }
})

test('progress names every file once, in order, and the next waits for it', async () => {
  await using tree = await tempTree({ c: '', a: '', 'b/d': '' })
  const seen: unknown[] = []
  let busy = false
  await analyzeDirectory(tree.path, {
    env,
    onProgress: async (progress) => {
      expect(busy).toBe(false)
      busy = true
      await new Promise((resolve) => setImmediate(resolve))
      busy = false
      seen.push(progress)
    },
  })
  expect(seen).toEqual([
    { done: 1, total: 3, path: 'a' },
    { done: 2, total: 3, path: 'b/d' },
    { done: 3, total: 3, path: 'c' },
  ])
})

test('files are read through the given function only; one that fails is left out with its reason', async () => {
  await using tree = await tempTree({ 'a.txt': 'one\n', 'b.txt': 'two\n', 'c.txt': 'three\n' })
  const opened: string[] = []
  const read: ReadFile = (path) => {
    opened.push(path)
    if (path.endsWith('b.txt')) throw Object.assign(new Error('no'), { code: 'PERMISSION_DENIED' })
    return readFile(path)
  }
  const report = await analyzeDirectory(tree.path, { env, read })
  expect(opened).toEqual(['a.txt', 'b.txt', 'c.txt'].map((name) => join(tree.path, name)))
  expect(report.totals).toMatchObject({ files: 2, lines: 2 })
  expect(report.skipped).toEqual([{ path: 'b.txt', reason: 'PERMISSION_DENIED' }])
})

test('an aborted signal ends the analysis half-way', async () => {
  await using tree = await tempTree({ a: '', b: '', c: '' })
  const controller = new AbortController()
  const seen: string[] = []
  const analysis = analyzeDirectory(tree.path, {
    env,
    signal: controller.signal,
    onProgress: ({ path }) => {
      seen.push(path)
      controller.abort(new Error('cancelled'))
    },
  })
  await expect(analysis).rejects.toThrow('cancelled')
  expect(seen).toEqual(['a'])
})
