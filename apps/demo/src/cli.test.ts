import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { basename, relative } from 'node:path'
import { promisify } from 'node:util'
import { connect as connectClient } from '@arcp/client'
import { spawnRuntime } from '@arcp/transport-stdio'
import { expect, test } from 'vitest'
import { formatBytes, formatCount } from './report/numbers'
import { EXIT } from './terminal/fail'
import { CLI } from './testing/demo-server'
import { gitEnv, type TempTree, tempTree } from './testing/temp-tree'
import { ownTemporaryFiles } from './testing/temporary-files'

/*
 * The program as it was built, in a process of its own.
 */

ownTemporaryFiles()

const run = promisify(execFile)

/** What a process printed, and how it ended. */
interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What the program is told of the machine. */
const environment = () => ({ ...gitEnv, TMPDIR: process.env.TMPDIR })

/** Runs the demo to its end. `onOutput` is called with all it has printed so far. */
async function demo(
  args: readonly string[],
  options: { readonly cwd?: string; readonly onOutput?: (stdout: string, stop: () => void) => void } = {},
): Promise<Ended> {
  const { cwd = '/', onOutput = () => {} } = options
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => void child.kill('SIGINT')
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    printed.stdout += piece
    onOutput(printed.stdout, stop)
  })
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    printed.stderr += piece
  })
  const [code] = await once(child, 'close')
  return { code, ...printed }
}

/** The path of the report that a tour says it wrote. */
function reportOf({ stdout, stderr }: Ended): string {
  const [, path] = /the report is in (.+)\n/.exec(stdout) ?? []
  if (path === undefined) throw new Error(`no report is named in ${stdout}${stderr}`)
  return path
}

/** What standard tools count in the files that `list` prints. */
async function askTheTools(tree: TempTree, list: string) {
  const env = { ...gitEnv, LC_ALL: 'C.UTF-8' }
  const ask = async (command: string) => (await run('sh', ['-c', command], { cwd: tree.path, env })).stdout
  const files = Number(await ask(`${list} | tr -dc '\\000' | wc -c`))
  const [lines = 0, words = 0, bytes = 0] = (await ask(`${list} | xargs -0 wc -lwc | tail -n 1`))
    .trim()
    .split(/ +/)
    .map(Number)
  return { files, lines, words, bytes }
}

/** What the last row of a report's first table says. */
async function totalsOf(path: string) {
  const text = await readFile(path, 'utf8')
  const [, cells = ''] = /^\| \*\*All\*\* \|(.+)\|$/m.exec(text) ?? []
  const [files, binary, lines, words, , size] = cells.split('|').map((cell) => cell.trim())
  return { files, binary, lines, words, size }
}

const FILES = {
  '.gitignore': 'ignored/\n*.log\n',
  'README.md': '# Größe\n\nTwo words.\nno newline at the end',
  'src/main.ts': `${'export const answer = 42 // TODO\n'.repeat(1_200)}`,
  'src/deep/er/notes.txt': 'a b c\n'.repeat(77),
  'ignored/never.txt': 'never seen\n',
  'debug.log': 'never seen\n',
}

/** A line without what differs from one run to the next: numbers and paths. */
const withoutParticulars = (line: string) => line.replace(/\/[^\s,]+/g, '/').replace(/\d[\d,.]*/g, '0')

/** What the README shows of a tour. */
async function linesOfReadme(): Promise<string[]> {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  const [, shown = ''] = /^```\n(A job that .+?)^```$/ms.exec(readme) ?? []
  return shown.split('\n')
}

/** The tour waits for real: for what agents do, for a lease to end, for a client to come back. */
const TOUR = { timeout: 90_000 }

test.concurrent(
  'the tour over a repository: as the README shows it, and the repository stays clean',
  TOUR,
  async () => {
    await using tree = await tempTree(FILES)
    await tree.git(['init', '-q'])
    await tree.git(['add', '.'])
    await tree.git(['commit', '-q', '-m', 'first'])
    await tree.write('src/untracked.ts', 'export {}\n')
    const before = await tree.git(['status', '--porcelain', '--ignored'])

    const ended = await demo([tree.path])
    expect(ended).toMatchObject({ code: EXIT.ok, stderr: '' })
    const report = reportOf(ended)
    expect(basename(report)).toBe(`${basename(tree.path)}.md`)
    expect(relative(tree.path, report)).toMatch(/^\.\.\//)
    expect(await tree.git(['status', '--porcelain', '--ignored'])).toBe(before)

    const told = await askTheTools(tree, 'git ls-files -z --cached --others --exclude-standard')
    expect(told.files).toBe(5)
    expect(await totalsOf(report), 'the totals of git ls-files and wc').toEqual({
      files: formatCount(told.files),
      binary: '0',
      lines: formatCount(told.lines),
      words: formatCount(told.words),
      size: formatBytes(told.bytes),
    })

    const printed = new Set(ended.stdout.split('\n').map(withoutParticulars))
    const shown = (await linesOfReadme()).map(withoutParticulars)
    expect(shown.length).toBeGreaterThan(10)
    expect(shown.filter((line) => !printed.has(line))).toEqual([])
  },
)

test.concurrent('the tour over a plain directory: its totals are those of find and wc', TOUR, async () => {
  await using tree = await tempTree(FILES)
  const ended = await demo(['.'], { cwd: tree.path })
  expect(ended).toMatchObject({ code: EXIT.ok, stderr: '' })
  const told = await askTheTools(tree, "find . -name '.?*' -prune -o -type f -print0")
  expect(told.files).toBe(5)
  const report = reportOf(ended)
  expect(await totalsOf(report)).toMatchObject({
    files: formatCount(told.files),
    lines: formatCount(told.lines),
    words: formatCount(told.words),
    size: formatBytes(told.bytes),
  })
})

test.concurrent('a directory that is not there ends it before anything starts', async () => {
  expect(await demo(['/no/such/directory'])).toEqual({
    code: EXIT.noSuchDirectory,
    stdout: '',
    stderr: 'error: no such directory: /no/such/directory\n',
  })
})

test.concurrent('a port that is taken is told with what to do about it', async () => {
  const taker = createServer().listen(0, '127.0.0.1')
  await once(taker, 'listening')
  const { port } = taker.address() as AddressInfo
  const ended = await demo(['serve', '--port', String(port)])
  expect(ended).toMatchObject({ code: EXIT.portTaken, stdout: '' })
  expect(ended.stderr).toBe(
    `error: port ${port} is taken by another program\nChoose another with --port, or let --port 0 find a free one.\n`,
  )
  taker.close()
})

test.concurrent('serving says how to reach it, and Ctrl-C stops it cleanly', async () => {
  const ended = await demo(['serve', '--port', '0', '--token', 'mine'], {
    onOutput: (stdout, stop) => stdout.endsWith('Stop with Ctrl-C.\n') && stop(),
  })
  expect(ended).toMatchObject({ code: EXIT.ok, stderr: '' })
  const [, port = ''] = /^Runtime: ws:\/\/127\.0\.0\.1:(\d+)\/arcp$/m.exec(ended.stdout) ?? []
  expect(ended.stdout).toContain('\nToken:   mine\n')
  expect(ended.stdout).toMatch(/^Model: {3}demo-model at http:\/\/127\.0\.0\.1:\d+$/m)
  expect(ended.stdout).toContain(`\nPage:    http://127.0.0.1:${port}/\n`)
  expect(ended.stdout).toMatch(/Stop with Ctrl-C\.\nStopping\. Jobs have 10 s to finish; .+\n$/)
  await expect(once(connect(Number(port), '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED')
})

test.concurrent('serving over stdio, it does the work of whoever started it, and ends with that', async () => {
  const dialer = spawnRuntime(process.execPath, [CLI, 'serve', '--stdio', '--token', 'mine'])
  // A process takes as long to start as the machine lets it.
  await using client = await connectClient(dialer, { token: 'mine', limits: { welcomeTimeoutMs: 60_000 } })
  expect(await (await client.submit('count', { to: 2 })).result()).toEqual({ counted: 2 })
})

test.concurrent('Ctrl-C ends the tour half-way, in silence, with the exit code that shells expect', async () => {
  await using tree = await tempTree({ 'a.txt': 'one\n' })
  const ended = await demo([tree.path], {
    onOutput: (stdout, stop) => stdout.includes('the report is in') && stop(),
  })
  expect(ended).toMatchObject({ code: EXIT.interrupted, stderr: '' })
  expect(ended.stdout).not.toContain('The tour is over')
})

test.concurrent('output that nobody reads any more ends it without a complaint', async () => {
  await using tree = await tempTree({ 'a.txt': 'one\n' })
  const child = spawn(
    'sh',
    ['-c', '"$0" "$@" | head -n 2; echo done'].concat(process.execPath, CLI, tree.path),
    {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let stderr = ''
  child.stderr.on('data', (piece) => {
    stderr += piece
  })
  child.stdout.resume()
  expect(await once(child, 'close')).toEqual([0, null])
  expect(stderr).toBe('')
})
