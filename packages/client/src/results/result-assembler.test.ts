import { InternalError, type JobResultChunk } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { byteChunks, textChunks } from '../testing/events'
import { ResultAssembler } from './result-assembler'

function assembler({ resultBytes = 1_000, budget = { used: 0, limit: 1_000 } } = {}) {
  return new ResultAssembler({ resultBytes, budget })
}

function whole(chunks: JobResultChunk[], size?: number): ResultAssembler {
  const result = assembler()
  for (const chunk of chunks) result.add(chunk)
  result.complete({ result_id: 'res_1', ...(size !== undefined && { result_size: size }) })
  return result
}

const [first, second, third] = textChunks('one ', 'two ', 'three') as [
  JobResultChunk,
  JobResultChunk,
  JobResultChunk,
]

describe('R-CHK-1 a whole result', () => {
  it('is text, JSON or bytes as the format says', () => {
    expect(whole(textChunks('grün', ' 🚀'), 10).assemble('text')).toBe('grün 🚀')
    expect(whole(textChunks('{"a":[1,', '2]}'), 11).assemble('json')).toEqual({ a: [1, 2] })
    const bytes = Uint8Array.of(0, 255, 128)
    expect(whole(byteChunks(bytes.subarray(0, 1), bytes.subarray(1)), 3).assemble('bytes')).toEqual(bytes)
  })

  it('is text or bytes as its encoding suggests when no format is told', () => {
    expect(whole(textChunks('plain')).assemble()).toBe('plain')
    expect(whole(byteChunks(Uint8Array.of(7))).assemble()).toEqual(Uint8Array.of(7))
  })

  it('may be text in base64, split anywhere, or bytes in UTF-8', () => {
    const bytes = new TextEncoder().encode('zażółć')
    const chunks = byteChunks(bytes.subarray(0, 3), bytes.subarray(3))
    expect(whole(chunks, bytes.length).assemble('text')).toBe('zażółć')
    expect(whole(textChunks('zażółć'), bytes.length).assemble('bytes')).toEqual(bytes)
  })

  it('may end with an empty chunk, or be empty altogether', () => {
    expect(whole(textChunks('a', ''), 1).assemble('text')).toBe('a')
    expect(whole(textChunks(''), 0).assemble('text')).toBe('')
    expect(whole([], 0).assemble('bytes')).toEqual(new Uint8Array())
  })

  it('keeps __proto__ keys of its JSON as they are', () => {
    const value = whole(textChunks('{"__proto__":{"a":1}}')).assemble('json') as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it.each([
    ['json', textChunks('{"a":')],
    ['text', byteChunks(Uint8Array.of(0xff, 0xfe))],
  ] as const)('fails where it is no %s', (format, chunks) => {
    expect(() => whole([...chunks]).assemble(format)).toThrow(`the result is no ${format}`)
  })
})

describe('R-CHK-1 chunks that do not fit together fail', () => {
  it.each([
    ['a gap', [first, third], 'chunk_seq 2 where 1 was due'],
    ['a start above 0', [second], 'chunk_seq 1 where 0 was due'],
    ['another result', [first, { ...second, result_id: 'res_2' }], 'result_id res_2 where res_1 was due'],
    [
      'another encoding',
      [first, { ...second, encoding: 'base64', data: '' }],
      'encoding base64 where utf8 was due',
    ],
    [
      'one after the last',
      [...textChunks('all'), { ...second, chunk_seq: 1 }],
      'chunk_seq 1 where none was due',
    ],
    ['different data under a number', [first, { ...first, data: 'uno ' }], 'chunk_seq 0 came twice'],
    ['a repeat of an earlier one', [first, second, first], 'chunk_seq 0 where 2 was due'],
    ['data that is no base64', [{ ...first, encoding: 'base64', data: '#' }], 'is no base64'],
    ['an unknown encoding', [{ ...first, encoding: 'hex' }], 'is no hex'],
    ['no data', [{ ...first, data: undefined }], 'no usable data'],
    ['a number that is none', [{ ...first, chunk_seq: '0' }], 'no usable chunk_seq'],
  ])('%s', (_, chunks, message) => {
    const result = assembler()
    const add = () => {
      for (const chunk of chunks) result.add(chunk as JobResultChunk)
    }
    expect(add).toThrow(InternalError)
    expect(add).toThrow(/fit together/)
    const fresh = assembler()
    expect(() => {
      for (const chunk of chunks) fresh.add(chunk as JobResultChunk)
    }).toThrow(message)
  })

  it.each([
    ['another result_id', textChunks('abc'), { result_id: 'res_9' }, 'result_id res_9 where res_1 was due'],
    [
      'another size',
      textChunks('abc'),
      { result_id: 'res_1', result_size: 4 },
      'result_size 4 where 3 was due',
    ],
    ['no last chunk', [first], { result_id: 'res_1' }, 'the last is missing'],
    ['no chunk at all', [], { result_id: 'res_1', result_size: 4 }, 'result_size 4 where 0 was due'],
  ])('a terminal with %s', (_, chunks, terminal, message) => {
    const result = assembler()
    for (const chunk of chunks) result.add(chunk)
    expect(() => result.complete(terminal)).toThrow(message)
  })

  it('but for an identical repeat of the last', () => {
    const chunks = [first, second, second, third, third]
    expect(whole(chunks).assemble('text')).toBe('one two three')
    const [bytes] = byteChunks(Uint8Array.of(1, 2)) as [JobResultChunk]
    expect(whole([bytes, bytes]).assemble('bytes')).toEqual(Uint8Array.of(1, 2))
  })
})

describe('R-CHK-2 limits', () => {
  it('takes a result of exactly the limit, in bytes, and none larger', () => {
    const chunks = textChunks('ä'.repeat(4), 'b', 'c')
    const result = assembler({ resultBytes: 9 })
    result.add(chunks[0] as JobResultChunk)
    result.add(chunks[1] as JobResultChunk)
    expect(() => result.add(chunks[2] as JobResultChunk)).toThrow('more than 9 bytes in the result')
  })

  it('takes what all unfinished results may hold together, and counts only what is held now', () => {
    const budget = { used: 0, limit: 10 }
    const [head] = textChunks('12345', 'x') as [JobResultChunk]
    const left = assembler({ budget })
    const right = assembler({ budget })
    left.add(head)
    right.add(head)
    expect(budget.used).toBe(10)
    const other = assembler({ budget })
    expect(() => other.add(head)).toThrow('more than 10 bytes in all unfinished results')
    left.release()
    expect(budget.used).toBe(5)
    const next = assembler({ budget })
    for (const chunk of textChunks('67890')) next.add(chunk)
    expect(budget.used).toBe(10)
    next.complete({ result_id: 'res_1' })
    expect(budget.used).toBe(5)
    expect(next.assemble('text')).toBe('67890')
    expect(budget.used).toBe(5)
  })
})

describe('a result that is taken as it comes', () => {
  it('counts no more among the unfinished, and has no limit', () => {
    const budget = { used: 0, limit: 8 }
    const result = assembler({ budget, resultBytes: 8 })
    result.add(first)
    result.add(second)
    expect(budget.used).toBe(8)
    result.finish()
    expect(budget.used).toBe(0)
    result.add(third)
    result.complete({ result_id: 'res_1', result_size: 13 })
    expect([budget.used, result.held.bytes, result.bytes]).toEqual([0, 13, 13])
  })

  it('still tells a repeat of the last chunk from another', () => {
    const result = assembler()
    result.add(first)
    expect(new TextDecoder().decode(result.held.shift())).toBe('one ')
    result.add(first)
    expect(result.held.length).toBe(0)
    expect(() => result.add({ ...first, data: 'uno ' })).toThrow('came twice')
  })
})
