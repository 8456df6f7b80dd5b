import { describe, expect, test } from 'vitest'
import { isLoopback, parseHost } from './host'

describe('parseHost', () => {
  test.each([
    ['localhost', 'localhost', undefined],
    ['LocalHost.:7777', 'localhost', 7777],
    ['Example.COM', 'example.com', undefined],
    ['my_box-1.lan:80', 'my_box-1.lan', 80],
    ['127.0.0.1:65535', '127.0.0.1', 65535],
    ['[::1]', '[::1]', undefined],
    ['[0:0:0:0:0:0:0:1]:7777', '[::1]', 7777],
    ['[::FFFF:127.0.0.1]', '[::ffff:7f00:1]', undefined],
  ])('reads %j', (text, name, port) => {
    expect(parseHost(text)).toEqual({ name, port })
  })

  test.each([
    '',
    ':7777',
    'localhost:',
    'localhost:65536',
    'localhost:7777:1',
    'localhost:7x',
    'localhost ',
    'localhost/arcp',
    'localhost?',
    'user@localhost',
    'evil.example@localhost',
    'localhost\\.evil.example',
    '%6cocalhost',
    '::1',
    '[::1',
    '[::1%25lo]',
    '[localhost]',
    '[]',
    '127.0.0.256',
    'localhost,evil.example',
    'ⓛocalhost',
  ])('refuses %j', (text) => {
    expect(parseHost(text)).toBeUndefined()
  })
})

describe('isLoopback', () => {
  const nameOf = (text: string) => parseHost(text)?.name ?? 'unreadable'

  test.each([
    'localhost',
    'LOCALHOST.',
    '127.0.0.1',
    '127.255.255.254',
    '[::1]',
    '[0::1]',
    '[::ffff:127.0.0.1]',
  ])('holds for %s', (text) => expect(isLoopback(nameOf(text))).toBe(true))

  test.each([
    'localhost.evil.example',
    'notlocalhost',
    'evil.localhost',
    '127.0.0.1.evil.example',
    '128.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '[::]',
    '[::2]',
    '[fe80::1]',
    '[::ffff:10.0.0.1]',
  ])('does not hold for %s', (text) => expect(isLoopback(nameOf(text))).toBe(false))
})
