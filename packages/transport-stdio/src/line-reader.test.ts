import { describe, expect, it } from 'vitest'
import { LineReader } from './line-reader'

/** Reads `chunks` with a limit; what it was told, `null` for a line that was too long. */
function read(limit: number, ...chunks: (string | Buffer)[]): (string | null)[] {
  const told: (string | null)[] = []
  const reader = new LineReader(limit, {
    line: (line) => told.push(line.toString()),
    tooLong: () => told.push(null),
  })
  for (const chunk of chunks) reader.push(Buffer.from(chunk))
  return told
}

describe('LineReader', () => {
  it.each([
    ['several in one piece', ['{"a":1}\n{"b":2}\n'], ['{"a":1}', '{"b":2}']],
    ['one in several pieces', ['{"a"', ':1', '}', '\n'], ['{"a":1}']],
    ['an end apart from its line', ['{}', '\r', '\n{"b":2}\n'], ['{}', '{"b":2}']],
    ['CRLF', ['{}\r\n{"b":2}\r\n'], ['{}', '{"b":2}']],
    ['blank lines', ['\n\r\n \t\n{}\n\n'], ['{}']],
    ['white space around', [' {} \n'], [' {} ']],
    ['none without an end', ['{}\n{"half":'], ['{}']],
  ])('reads %s', (_, chunks, lines) => {
    expect(read(100, ...chunks)).toEqual(lines)
  })

  it('reads a line that comes byte by byte, characters in the middle included', () => {
    const line = '{"text":"é€😀"}'
    const bytes = [...Buffer.from(`${line}\n`)].map((byte) => Buffer.from([byte]))
    expect(read(Buffer.byteLength(line), ...bytes)).toEqual([line])
  })

  it.each(['\n', '\r\n'])('takes a line of exactly the limit, ended by %j, in pieces or whole', (end) => {
    const line = 'x'.repeat(1_000)
    expect(read(1_000, `${line}${end}{}\n`)).toEqual([line, '{}'])
    expect(read(1_000, line.slice(0, 400), line.slice(400), end, '{}\n')).toEqual([line, '{}'])
  })

  it.each([
    ['whole', [`${'x'.repeat(1_001)}\n`]],
    ['with CRLF', [`${'x'.repeat(1_001)}\r\n`]],
    ['in pieces', ['x'.repeat(600), 'x'.repeat(401), '\n']],
    ['with no end in sight', ['x'.repeat(600), 'x'.repeat(402)]],
  ])('tells of a line of one byte more, %s, and looks at nothing after it', (_, chunks) => {
    expect(read(1_000, '{}\n', ...chunks, '{"after":1}\n')).toEqual(['{}', null])
  })

  it('gives up what has no end', () => {
    const reader = new LineReader(100, { line() {}, tooLong() {} })
    reader.push(Buffer.from('{}\n{"half'))
    expect(reader.takeRest().toString()).toBe('{"half')
    expect(reader.takeRest()).toHaveLength(0)
  })
})
