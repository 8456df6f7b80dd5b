import { expect, test, vi } from 'vitest'
import { createScreen } from '../testing/screen'
import { createTerminal } from './terminal'

const bar = (filled: number) => '█'.repeat(filled) + '░'.repeat(24 - filled)

test('a work leaves its bar standing at where it ended, with the outcome beside it', async () => {
  const screen = createScreen()
  const out = createTerminal(screen.stream, {})
  out.line('before')
  const progress = out.progress('report', 8)
  progress.update(2, 8, 'src/a.ts')
  progress.update(4)
  progress.end('cancelled')
  progress.update(8)
  out.line('after')
  expect(await screen.lines()).toEqual(['before', `report  ${bar(12)}   50 %  4/8  cancelled`, 'after'])
})

test('a bar is redrawn while the work goes on', async () => {
  vi.useFakeTimers()
  const screen = createScreen()
  const out = createTerminal(screen.stream, {})
  const progress = out.progress('report', 8)
  for (const current of [2, 4]) {
    progress.update(current, 8, `file ${current}`)
    vi.advanceTimersByTime(1000)
  }
  vi.useRealTimers()
  expect(await screen.lines()).toEqual([`report  ${bar(12)}   50 %  4/8  file 4`])
  out.close()
})

test('lines printed while bars are drawn stand above them, long ones whole', async () => {
  const screen = createScreen(60)
  const out = createTerminal(screen.stream, {})
  const [a, b] = [out.progress('a', 2), out.progress('b', 2)]
  a.update(2)
  out.line('one')
  out.line(`two ${'x'.repeat(70)}\nthree`)
  a.end('done')
  b.update(1)
  b.end('failed')
  expect(await screen.lines()).toEqual([
    'one',
    `two ${'x'.repeat(56)}`,
    'x'.repeat(14),
    'three',
    `a  ${bar(24)}  100 %  2/2  done`,
    `b  ${bar(12)}   50 %  1/2  failed`,
  ])
})

test('a work without a total shows its count; a message too long for the line keeps its end', async () => {
  const screen = createScreen(60)
  const out = createTerminal(screen.stream, {})
  const progress = out.progress('walk')
  progress.update(7)
  progress.end('some/very/long/path/to/a/file/that/does/not/fit.ts')
  const [line = ''] = await screen.lines()
  expect(line.startsWith(`walk  ${bar(0)}  7  …`)).toBe(true)
  expect(line.endsWith('not/fit.ts')).toBe(true)
  expect(line.length).toBeLessThanOrEqual(60)
})

test('file names cannot move the cursor', async () => {
  const screen = createScreen()
  const out = createTerminal(screen.stream, {})
  const progress = out.progress('a', 1)
  progress.update(1, 1, 'x\u001b[2J\ny')
  progress.end('x\u001b[2J\ny')
  expect(await screen.lines()).toEqual([`a  ${bar(24)}  100 %  1/1  x\\u{1b}[2J\\ny`])
})

test('closing gives the terminal back with its cursor, also in the middle of a work', () => {
  const screen = createScreen()
  const out = createTerminal(screen.stream, {})
  const progress = out.progress('a', 2)
  expect(screen.cursorShown()).toBe(false)
  out.close()
  progress.update(1)
  progress.end('too late')
  expect(screen.cursorShown()).toBe(true)
  out.close()
})
