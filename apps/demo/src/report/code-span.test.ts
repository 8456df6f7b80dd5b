import { lexer, type Tokens } from 'marked'
import { expect, test } from 'vitest'
import { visible } from '../visible'
import { codeSpan } from './code-span'

/** The cells of the one row that a Markdown reader sees in a table holding these spans. */
function readBack(...spans: string[]): string[] {
  const [table] = lexer(`| a | b |\n| --- | --- |\n| ${spans.join(' | ')} |\n`)
  const rows = (table as Tokens.Table).rows
  expect(rows).toHaveLength(1)
  return (rows[0] ?? []).map(({ tokens }) => {
    expect(tokens.map(({ type }) => type)).toEqual(['codespan'])
    return (tokens[0] as Tokens.Codespan).text
  })
}

test.each([
  'src/a b.ts',
  'pipe|pipe||',
  'back\\|slash',
  '`tick`',
  '``',
  'a``b`c',
  ' spaces ',
  '*bold* <b>_x_</b> [l](u) &amp; #1',
  'new\nline',
  '\\',
])('%j stands in a table cell as it is', (text) => {
  expect(readBack(codeSpan(text), codeSpan('next'))).toEqual([visible(text), 'next'])
})
