import { expect, it } from 'vitest'
import { decodeBase64 } from './base64'

it('decodes what was encoded, of every length', () => {
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 255)
    expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes)
  }
})

it.each(['a', 'ab=c', '####', 'żółw', '-_-_'])('refuses %s', (text) => {
  expect(decodeBase64(text)).toBeUndefined()
})
