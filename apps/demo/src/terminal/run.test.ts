import { expect, test } from 'vitest'
import type { Commands, ServeOptions, TourOptions } from '../commands'
import { createPipe, createScreen } from '../testing/screen'
import { tempTree } from '../testing/temp-tree'
import { EXIT, Fail } from './fail'
import { type RunOptions, run } from './run'

async function runWith(argv: string[], options: Partial<Commands> & Partial<RunOptions> = {}) {
  const [stdout, stderr] = [createPipe(), createPipe()]
  const unexpected = () => Promise.reject(new Error('not this command'))
  const code = await run({
    argv,
    env: {},
    cwd: '/',
    defaultDir: '/',
    version: '1.2.3',
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: new AbortController().signal,
    hurry: new AbortController().signal,
    commands: { runTour: options.runTour ?? unexpected, serve: options.serve ?? unexpected },
    ...options,
  })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

test('the tour gets the directory in full, and the default one when none is named', async () => {
  await using tree = await tempTree({ 'sub/file': '' })
  const dirs: string[] = []
  const runTour = async ({ dir }: TourOptions) => void dirs.push(dir)
  const where = { cwd: tree.path, defaultDir: tree.path, runTour }
  expect(await runWith(['sub'], where)).toEqual({ code: EXIT.ok, stdout: '', stderr: '' })
  await runWith([], where)
  expect(dirs).toEqual([`${tree.path}/sub`, tree.path])
})

test('serve gets its options and prints where it is told to', async () => {
  const serve = async ({ port, token, allowOrigins, out }: ServeOptions) =>
    out.line(JSON.stringify([port, token, allowOrigins]))
  expect(await runWith(['serve', '--port', '1'], { serve })).toEqual({
    code: EXIT.ok,
    stdout: '[1,"demo-token",[]]\n',
    stderr: '',
  })
})

test('help goes to the output, with nothing else', async () => {
  expect(await runWith(['--version'])).toEqual({ code: EXIT.ok, stdout: '1.2.3\n', stderr: '' })
})

test('arguments that make no sense are told on the error output', async () => {
  expect(await runWith(['--nope'])).toEqual({
    code: EXIT.usage,
    stdout: '',
    stderr: "error: unknown option '--nope'\nSee pnpm demo --help.\n",
  })
})

test('a directory that is not there ends the program before anything starts', async () => {
  expect(await runWith(['/no/such/directory'])).toEqual({
    code: EXIT.noSuchDirectory,
    stdout: '',
    stderr: 'error: no such directory: /no/such/directory\n',
  })
})

test('a failure has its own exit code, a surprise its stack', async () => {
  const failing = (error: unknown) => ({ serve: () => Promise.reject(error) })
  const taken = new Fail('port 1 is taken', { exitCode: EXIT.portTaken })
  expect(await runWith(['serve'], failing(taken))).toMatchObject({
    code: EXIT.portTaken,
    stderr: 'error: port 1 is taken\n',
  })
  const { code, stderr } = await runWith(['serve'], failing(new Error('a bug')))
  expect(code).toBe(EXIT.failed)
  expect(stderr).toMatch(/^error: Error: a bug\n {4}at /)
  expect(await runWith(['serve'], failing('text'))).toMatchObject({
    code: EXIT.failed,
    stderr: 'error: text\n',
  })
})

test('an interrupted tour ends in silence, with its exit code and the cursor back', async () => {
  const screen = createScreen()
  const interrupt = new AbortController()
  const runTour = async ({ out, signal }: TourOptions) => {
    out.progress('report', 3).update(1)
    expect(screen.cursorShown()).toBe(false)
    interrupt.abort(new Error('SIGINT'))
    signal.throwIfAborted()
  }
  expect(await runWith([], { runTour, signal: interrupt.signal, stdout: screen.stream })).toMatchObject({
    code: EXIT.interrupted,
    stderr: '',
  })
  expect(screen.cursorShown()).toBe(true)
})

test('serving that stops when interrupted is a clean end', async () => {
  const interrupt = new AbortController()
  const serve = async () => interrupt.abort()
  expect(await runWith(['serve'], { serve, signal: interrupt.signal })).toMatchObject({ code: EXIT.ok })
})
