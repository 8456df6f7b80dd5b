import { expect, test } from 'vitest'
import { fitReason } from './close-reason'

test('keeps a reason of up to 123 bytes and cuts a longer one before the character that does not fit', () => {
  expect(fitReason('x'.repeat(123))).toBe('x'.repeat(123))
  expect(fitReason('x'.repeat(124))).toBe('x'.repeat(123))
  expect(fitReason(`${'x'.repeat(121)}€`)).toBe('x'.repeat(121))
  expect(fitReason(`${'x'.repeat(120)}😀`)).toBe('x'.repeat(120))
  expect(fitReason('')).toBe('')
})
