import { expect, test } from 'vitest'
import { analyzeFile, BINARY_PROBE_BYTES } from './analyze-file'

async function* inPieces(content: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(length)
  for (let i = 0; i < content.length; i += length) {
    // One buffer for all pieces, as a file is read: what is kept of a piece would change.
    yield buffer.subarray(0, buffer.write(Buffer.from(content).toString('latin1', i, i + length), 'latin1'))
  }
}

function withNulAt(position: number): Buffer {
  const content = Buffer.alloc(BINARY_PROBE_BYTES + 10, 'a b\n')
  content[position] = 0
  return content
}

test('a text is counted in one pass', async () => {
  const facts = await analyzeFile(inPieces(Buffer.from('one two\nTODO three\n'), 4))
  expect(facts).toEqual({
    kind: 'text',
    bytes: 19,
    text: {
      lines: 2,
      words: 4,
      markers: { TODO: 1, FIXME: 0, XXX: 0, HACK: 0 },
      longest: [
        { length: 10, line: 2 },
        { length: 7, line: 1 },
      ],
    },
  })
})

test('an empty file is a text of nothing', async () => {
  expect(await analyzeFile(inPieces(Buffer.alloc(0), 8))).toMatchObject({ kind: 'text', bytes: 0 })
})

test.each([1000, BINARY_PROBE_BYTES, 100_000])(
  'the last probed byte decides, in pieces of %d',
  async (length) => {
    const bytes = BINARY_PROBE_BYTES + 10
    expect(await analyzeFile(inPieces(withNulAt(BINARY_PROBE_BYTES - 1), length))).toEqual({
      kind: 'binary',
      bytes,
    })
    expect(await analyzeFile(inPieces(withNulAt(BINARY_PROBE_BYTES), length))).toMatchObject({
      kind: 'text',
      bytes,
    })
  },
)

test('a read that fails rejects with its error', async () => {
  const failure = new Error('disk on fire')
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a')
    throw failure
  }
  await expect(analyzeFile(pieces())).rejects.toBe(failure)
})

test('an aborted signal ends the reading and closes the file', async () => {
  const controller = new AbortController()
  let closed = false
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        yield Buffer.from('a')
        controller.abort(new Error('enough'))
      }
    } finally {
      closed = true
    }
  }
  await expect(analyzeFile(endless(), controller.signal)).rejects.toThrow('enough')
  expect(closed).toBe(true)
})
