import { expect, it } from 'vitest'
import { isTraceId } from './trace-id'

it('a trace id is 32 lower-case hex digits', () => {
  expect(isTraceId('0af7651916cd43dd8448eb211c80319c')).toBe(true)
  expect(isTraceId(`${'0'.repeat(31)}1`)).toBe(true)
})

it.each([
  ['all zero', '0'.repeat(32)],
  ['upper case', '0AF7651916CD43DD8448EB211C80319C'],
  ['too short', 'a'.repeat(31)],
  ['too long', 'a'.repeat(33)],
  ['no hex', 'g'.repeat(32)],
  ['a line break at its end', `${'a'.repeat(32)}\n`],
  ['empty', ''],
  ['a number', 5],
  ['null', null],
  ['undefined', undefined],
  ['a list', ['a'.repeat(32)]],
])('what is %s is no trace id', (_, value) => {
  expect(isTraceId(value)).toBe(false)
})
