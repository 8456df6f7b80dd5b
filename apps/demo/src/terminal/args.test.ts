import { expect, test } from 'vitest'
import { parseArgs } from './args'
import { EXIT } from './fail'

const parse = (...argv: string[]) => parseArgs(argv, '1.2.3')

test('without arguments the tour is given, with one it is about that directory', () => {
  expect(parse()).toEqual({ name: 'tour', dir: undefined, trace: false })
  expect(parse('some/dir')).toEqual({ name: 'tour', dir: 'some/dir', trace: false })
  expect(parse('./serve')).toEqual({ name: 'tour', dir: './serve', trace: false })
  expect(parse('--trace', 'some/dir')).toEqual({ name: 'tour', dir: 'some/dir', trace: true })
})

test('serve has defaults for everything', () => {
  const usual = { name: 'serve', stdio: false, port: 7777, token: 'demo-token', allowOrigins: [] }
  expect(parse('serve')).toEqual(usual)
  expect(parse('serve', '--stdio')).toEqual({ ...usual, stdio: true })
})

test('serve takes its options in either form, origins any number of times', () => {
  const origins = ['--allow-origin', 'https://a.example/', '--allow-origin=http://localhost:3000']
  expect(parse('serve', '--port=0', '--token', 's3cret', ...origins)).toEqual({
    name: 'serve',
    stdio: false,
    port: 0,
    token: 's3cret',
    allowOrigins: ['https://a.example', 'http://localhost:3000'],
  })
  expect(parse('serve')).toMatchObject({ allowOrigins: [] })
})

test('a leading "--" passed on by a package manager changes nothing', () => {
  expect(parse('--', 'serve', '--port', '1')).toMatchObject({ name: 'serve', port: 1 })
  expect(parse('--')).toEqual({ name: 'tour', dir: undefined, trace: false })
})

test('help and the version are text to print', () => {
  expect(parse('--version')).toEqual({ name: 'print', text: '1.2.3' })
  expect(parse('--help')).toEqual({
    name: 'print',
    text: expect.stringMatching(/^Usage: pnpm demo .*serve/s),
  })
  expect(parse('serve', '--help')).toEqual({
    name: 'print',
    text: expect.stringMatching(/^Usage: pnpm demo serve .*7777.*demo-token/s),
  })
})

test.each([
  [['a', 'b'], /too many arguments/],
  [['--nope'], /unknown option '--nope'/],
  [['serve', 'x'], /too many arguments/],
  [['serve', '--port', '65536'], /--port .*0 to 65535/],
  [['serve', '--port', '-1'], /--port .*0 to 65535/],
  [['serve', '--port', '1e3'], /--port .*0 to 65535/],
  [['serve', '--port'], /argument missing/],
  [['serve', '--token', 'two words'], /--token .*without spaces/],
  [['serve', '--token', ''], /--token .*without spaces/],
  [['serve', '--allow-origin', 'example.com'], /--allow-origin .*looks like/],
  [['serve', '--allow-origin', 'https://a.example/path'], /--allow-origin .*looks like/],
  [['serve', '--allow-origin', 'https://u:p@a.example'], /--allow-origin .*looks like/],
  [['serve', '--allow-origin', 'file:///a'], /--allow-origin .*looks like/],
  [['serve', '--allow-origin', '*'], /--allow-origin .*looks like/],
])('%j makes no sense, and is told why', (argv, message) => {
  expect(() => parse(...argv)).toThrow(
    expect.objectContaining({
      name: 'Fail',
      exitCode: EXIT.usage,
      message: expect.stringMatching(message),
      hint: 'See pnpm demo --help.',
    }),
  )
})
