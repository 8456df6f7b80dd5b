import { expect, test } from 'vitest'
import { parseAddress } from './address'

test('shows an address without what may be secret', () => {
  expect(parseAddress('wss://user:secret@Example.com:8443/arcp?key=secret')).toEqual({
    href: 'wss://user:secret@example.com:8443/arcp?key=secret',
    shown: 'wss://example.com:8443/arcp',
  })
})

test.each([
  ['http://127.0.0.1:7777/arcp', 'expected a ws:// or wss:// URL'],
  ['127.0.0.1:7777', 'expected a ws:// or wss:// URL'],
  ['localhost:7777', 'expected a ws:// or wss:// URL'],
  ['ws://127.0.0.1/arcp#x', 'without #'],
  ['', 'expected a ws:// or wss:// URL'],
])('refuses %j as an address', (url, message) => {
  expect(() => parseAddress(url)).toThrow(TypeError)
  expect(() => parseAddress(url)).toThrow(message)
})
