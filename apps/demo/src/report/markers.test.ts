import { expect, test } from 'vitest'
import { MARKERS } from './markers'
import { scanText } from './scan-text'

function count(text: string) {
  const scan = scanText()
  scan.push(Buffer.from(text))
  return scan.end().markers
}

test.each(MARKERS)('%s counts alone, between punctuation, at the start and at the very end', (marker) => {
  expect(count(`${marker}: a // ${marker}(b) [${marker}]\n${marker}`)[marker]).toBe(4)
})

test.each(MARKERS)('%s inside a longer word, or in lower case, does not count', (marker) => {
  const text = `${marker}S x${marker} _${marker} ${marker}_ ${marker}1 ${marker}${marker} ${marker.toLowerCase()}`
  expect(count(text)[marker]).toBe(0)
})

test('an unfinished marker does not count', () => {
  expect(count('TOD FIXM XX HAC T F X H')).toEqual({ TODO: 0, FIXME: 0, XXX: 0, HACK: 0 })
})

test('characters outside ASCII are no part of a word', () => {
  expect(count('«TODO» —FIXME—')).toMatchObject({ TODO: 1, FIXME: 1 })
})
