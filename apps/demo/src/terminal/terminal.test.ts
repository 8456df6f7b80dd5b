import { expect, test } from 'vitest'
import { createPipe, createScreen } from '../testing/screen'
import { createTerminal } from './terminal'

test('a pipe gets plain lines and no control character', () => {
  const pipe = createPipe()
  const out = createTerminal(pipe.stream, {})
  out.heading('Report')
  out.progress('report', 1).end('done')
  out.success('written')
  out.close()
  expect(pipe.text()).toBe('\nReport\nreport: done\n✔ written\n')
})

test('a terminal that can do nothing is treated as a pipe', async () => {
  const screen = createScreen()
  createTerminal(screen.stream, { TERM: 'dumb', NO_COLOR: '1' }).progress('report', 1).end('done')
  expect(await screen.lines()).toEqual(['report: done'])
})

test('a heading stands apart from what came before', async () => {
  const screen = createScreen()
  const out = createTerminal(screen.stream, {})
  out.line('before')
  out.heading('Report')
  out.success(out.paint('cyan', 'done'))
  expect(await screen.lines()).toEqual(['before', '', 'Report', '✔ done'])
})
