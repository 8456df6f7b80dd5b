import { expect, test } from 'vitest'
import { isLoopbackOrigin, normalizeOrigin } from './origin'

test.each([
  ['https://App.Example.com', 'https://app.example.com'],
  ['https://app.example.com.:443', 'https://app.example.com'],
  ['http://app.example.com:8080', 'http://app.example.com:8080'],
  ['http://[0:0::1]:3000', 'http://[::1]:3000'],
  ['chrome-extension://AbCdEf', 'chrome-extension://abcdef'],
  ['null', 'null'],
])('gives %j one spelling', (text, spelling) => {
  expect(normalizeOrigin(text)).toBe(spelling)
})

test.each([
  '',
  'app.example.com',
  'https://app.example.com/',
  'https://app.example.com/page',
  'https://user@app.example.com',
  'https://app.example.com?x',
  'https://app.example.com https://evil.example',
  'http://localhost, http://evil.example',
  'https://',
  'https:',
  'NULL',
  'file:///index.html',
])('refuses %j as an origin', (text) => {
  expect(normalizeOrigin(text)).toBeUndefined()
})

test.each([
  ['http://localhost:3000', true],
  ['https://127.0.0.1', true],
  ['http://[::1]:8080', true],
  ['http://localhost.evil.example', false],
  ['http://evil.example', false],
  ['app://localhost', false],
  ['null', false],
])('says of %s whether it is loopback: %s', (origin, expected) => {
  expect(isLoopbackOrigin(origin)).toBe(expected)
})
