const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

// Controls (C0, DEL, C1), line separators, zero-width and text-direction characters, lone surrogates.
const INVISIBLE =
  /[\\\p{Cc}\p{Zl}\p{Zp}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2069}\u{feff}\u{d800}-\u{dfff}]/gu

function escapeOne(character: string): string {
  return SHORT[character] ?? `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`
}

/**
 * The text on one line with nothing in it that a terminal or a page would obey rather than show: a file may
 * be named after an escape sequence. Backslashes are doubled, so two names never look the same.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, escapeOne)
}
