import { expect, test } from 'vitest'
import { readJson, readLease } from './read-json'

test('any JSON value is an input', () => {
  expect(readJson(' {"a": [1, null]} ')).toEqual({ ok: true, value: { a: [1, null] } })
  expect(readJson('null')).toEqual({ ok: true, value: null })
})

test.each(['', '{', "{'a': 1}", 'undefined'])('%j is told as no JSON', (text) => {
  expect(readJson(text)).toEqual({ ok: false, problem: expect.stringMatching(/^This is not JSON: ./) })
})

test('a lease request is an object of lists of patterns; nothing is an empty one', () => {
  const value = { 'tool.call': ['a', 'b*'], 'fs.read': [] }
  expect(readLease(JSON.stringify(value))).toEqual({ ok: true, value })
  expect(readLease(' \n')).toEqual({ ok: true, value: {} })
})

test.each(['[]', 'null', '"a"', '{"fs.read": "src"}', '{"fs.read": [1]}'])(
  '%s is no lease request',
  (text) => {
    expect(readLease(text)).toEqual({ ok: false, problem: expect.stringContaining('list') })
  },
)

test('a lease request that is no JSON is told as that', () => {
  expect(readLease('{')).toEqual({ ok: false, problem: expect.stringContaining('not JSON') })
})
