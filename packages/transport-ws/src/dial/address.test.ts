import { expect, test } from 'vitest'
import { parseAddress } from './address'

test('shows an address without what may be secret', () => {
  expect(parseAddress('wss://user:secret@Example.com:8443/arcp?key=secret')).toEqual({
    href: 'wss://user:secret@example.com:8443/arcp?key=secret',
    shown: 'wss://example.com:8443/arcp',
  })
})

test.each([
  ['http://127.0.0.1:7777/arcp', 'such as ws://127.0.0.1:7777/arcp'],
  ['127.0.0.1:7777', 'a URL without #, such as ws://127.0.0.1:7777/arcp'],
  ['localhost:7777', 'such as ws://127.0.0.1:7777/arcp'],
  ['ws://127.0.0.1/arcp#x', 'without #'],
  ['', 'a URL without #'],
])('refuses %j as an address', (url, message) => {
  expect(() => parseAddress(url)).toThrow(TypeError)
  expect(() => parseAddress(url)).toThrow(message)
})
