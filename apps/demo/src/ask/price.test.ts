import { expect, test } from 'vitest'
import { costOf } from './price'

test.each([
  [1, 1, '0.15', '0.60', '0.00000075'],
  [1_000_000, 0, '0.15', '0.60', '0.15'],
  [0, 3, '1', '0.000001', '0.000000000003'],
  [0, 0, '1', '4', '0'],
])('%i tokens in and %i out at %s and %s cost %s, exactly', (input, output, inPrice, outPrice, cost) => {
  const usage = { prompt_tokens: input, completion_tokens: output }
  expect(costOf(usage, { input: inPrice, output: outPrice })).toBe(cost)
})

test.each(['', 'free', '-1', '0.0000001'])('%j is no price', (input) => {
  expect(() => costOf({ prompt_tokens: 1, completion_tokens: 1 }, { input, output: '1' })).toThrow(TypeError)
})
