import { expect, it, vi } from 'vitest'
import { decodeBase64 } from './base64'

it('decodes what was encoded, of every length, and shares its memory with nobody', () => {
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 255)
    const decoded = decodeBase64(Buffer.from(bytes).toString('base64'))
    expect(decoded).toEqual(bytes)
    expect(decoded?.buffer.byteLength).toBe(length)
  }
})

it.each(['a', '=', 'ab=c', '####', 'żółw', '-_-_', 'YQ==YQ==', 'YWI=YWJj'])('refuses %s', (text) => {
  expect(decodeBase64(text)).toBeUndefined()
})

it('decodes without padding, too, and without Buffer, as in browsers', () => {
  expect(decodeBase64('YQ')).toEqual(new Uint8Array([97]))
  vi.stubGlobal('Buffer', undefined)
  const decoded = decodeBase64('YWJj')
  const refused = decodeBase64('-_-_')
  vi.unstubAllGlobals()
  expect(decoded).toEqual(new Uint8Array([97, 98, 99]))
  expect(refused).toBeUndefined()
})
