import { expect, test } from 'vitest'
import { visible } from './visible'

test('ordinary text passes through, whatever its script', () => {
  expect(visible('src/größe — 表.ts 🎉')).toBe('src/größe — 表.ts 🎉')
})

test('line ends, escapes and text-direction marks are shown, not obeyed', () => {
  expect(visible('a\nb\rc\td')).toBe('a\\nb\\rc\\td')
  expect(visible('\u001b[2Jgone\u007f\u009b')).toBe('\\u{1b}[2Jgone\\u{7f}\\u{9b}')
  expect(visible('evil\u202egpj.exe')).toBe('evil\\u{202e}gpj.exe')
  expect(visible('\ud800')).toBe('\\u{d800}')
})

test('a name that holds the escaped form of another stays different from it', () => {
  expect(visible('a\\nb')).not.toBe(visible('a\nb'))
})
