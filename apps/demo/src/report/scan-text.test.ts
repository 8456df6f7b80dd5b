import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { scanText, type TextCounts } from './scan-text'

function scan(text: string | Uint8Array, pieceLength = Number.POSITIVE_INFINITY): TextCounts {
  const bytes = Buffer.from(text)
  const counts = scanText()
  for (let i = 0; i < bytes.length; i += pieceLength) counts.push(bytes.subarray(i, i + pieceLength))
  return counts.end()
}

function wc(text: string): { lines: number; words: number } {
  const out = execFileSync('wc', ['-lw'], { input: text, env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  const [lines, words] = out.toString().trim().split(/\s+/).map(Number)
  return { lines: lines ?? Number.NaN, words: words ?? Number.NaN }
}

const TEXTS = {
  'nothing at all': '',
  'a single newline': '\n',
  'one word without an end': 'word',
  'blank lines and trailing space': '\n\n  a  b \n \n c\n\n',
  'every ASCII white space': 'a\tb\vc\fd\re f\r\ng',
  'accents, dashes, arrows and emoji': 'größe — naïve → 🎉 ✅ x\n',
  'Chinese and Japanese with wide spaces': '你好\u3000世界 表\u3000\u3000語\n',
  'no-break and thin spaces': 'a\u00a0b\u2009c\u202fd\u205fe\u2060f\u1680g \u00a0 \u2003h\u00a0',
  'letters that share bytes with spaces': 'Âa À\u00a1 ‐ \u2030 \u20ac \u3001\u3002 \u1681',
}

test.each(Object.entries(TEXTS))('lines and words agree with wc: %s', (_, text) => {
  const { lines, words } = scan(text)
  expect({ lines, words }).toEqual(wc(text))
})

test('lines and words agree with wc over text made of every kind of character, in any mixture', () => {
  const alphabet = [
    'a',
    'Z',
    '_',
    '1',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\u00a0',
    '\u3000',
    '\u2003',
    'é',
    '表',
    '🎉',
    'TODO',
  ]
  // A small linear congruential generator: the same texts each time.
  let state = 7
  const draw = () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return alphabet[Math.floor((state / 2147483648) * alphabet.length)]
  }
  for (let round = 0; round < 20; round++) {
    const text = Array.from({ length: 400 }, draw).join('')
    const { lines, words } = scan(text)
    expect({ lines, words }).toEqual(wc(text))
  }
})

test('how the text is cut into pieces makes no difference', () => {
  const text = `${Object.values(TEXTS).join('\n')}\nTODO FIXME: XXX\r\nHACKS`
  const whole = scan(text)
  expect(whole.markers).toEqual({ TODO: 1, FIXME: 1, XXX: 1, HACK: 0 })
  for (const length of [1, 2, 3, 7]) expect(scan(text, length)).toEqual(whole)
})

test('the longest lines come with their number and their length in characters', () => {
  const { longest } = scan('ab\n表表表表\nabc\n🎉\nabcdefg')
  expect(longest).toEqual([
    { length: 7, line: 5 },
    { length: 4, line: 2 },
    { length: 3, line: 3 },
  ])
})

test("a line's end is no part of its length, whichever it is", () => {
  expect(scan('abc\r\n').longest).toEqual([{ length: 3, line: 1 }])
  expect(scan('abc\r').longest).toEqual([{ length: 4, line: 1 }])
  expect(scan('\r\n\n\r\n').longest).toEqual([])
})

test('bytes that are not UTF-8 are counted, not refused', () => {
  const { words, longest } = scan(Uint8Array.of(0xff, 0x80, 0x20, 0xc2, 0x0a, 0xe2, 0x80))
  expect(words).toBe(3)
  expect(longest).toEqual([
    { length: 3, line: 1 },
    { length: 1, line: 2 },
  ])
})
