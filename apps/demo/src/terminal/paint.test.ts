import { expect, test } from 'vitest'
import { createPaint } from './paint'

const terminal = { isTTY: true, hasColors: (env: NodeJS.ProcessEnv) => !env.NO_COLOR }

test('a terminal with colours gets them', () => {
  expect(createPaint(terminal, {})('green', 'ok')).toBe('\u001b[32mok\u001b[39m')
})

test.each([
  ['NO_COLOR is set', terminal, { NO_COLOR: '1' }],
  ['the terminal has no colours', { isTTY: true, hasColors: () => false }, {}],
  ['the stream is no terminal', { hasColors: () => true }, {}],
  ['the stream knows nothing of colours', {}, {}],
])('text stays plain where %s', (_, stream, env: NodeJS.ProcessEnv) => {
  expect(createPaint(stream, env)('red', 'no')).toBe('no')
})
