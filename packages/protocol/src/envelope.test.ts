import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type DecodedFrame,
  decodeFrame,
  decodeUntrustedFrame,
  encodeFrame,
  PROTOCOL_VERSION,
  readFrame,
} from './envelope'
import { MAX_NAME_LENGTH } from './fields'
import { MAX_JSON_DEPTH } from './json'
import { anyUnit } from './testing/any-unit'

const good = { arcp: '1.1', id: 'msg_1', type: 'job.cancel', payload: { job_id: 'job_1' } }
const nameExpected = 'expected a string of 1 to 256 characters'
const frameOf = (changes: object) => JSON.stringify({ ...good, ...changes })

function envelopeOf(decoded: DecodedFrame) {
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues))
  return decoded.envelope
}

describe.each([
  ['decodeFrame', decodeFrame],
  ['decodeUntrustedFrame', decodeUntrustedFrame],
])('%s', (_, decode) => {
  it('reads an envelope, and keeps what it does not know', () => {
    const text = frameOf({
      session_id: 's',
      job_id: 'j',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      event_seq: 7,
      'x-acme': { a: [null] },
      timestamp: 'now',
    })
    expect(envelopeOf(decode(text))).toEqual(JSON.parse(text))
  })

  it.each([
    ['not json', 'the frame is not JSON'],
    ['', 'the frame is not JSON'],
    ['{"arcp":"1.1"', 'the frame is not JSON'],
    ["{'id':'a'}", 'the frame is not JSON'],
    ['\ufeff{}', 'the frame is not JSON'],
    ['[]', 'the frame is not a JSON object'],
    ['null', 'the frame is not a JSON object'],
    ['"msg_1"', 'the frame is not a JSON object'],
    ['1e999', 'the frame is not a JSON object'],
  ])('finds no frame in %j', (text, message) => {
    expect(decode(text)).toEqual({ ok: false, issues: [{ path: '', message }] })
  })

  it.each([undefined, null, '', 5, ['msg_1'], {}, 'x'.repeat(MAX_NAME_LENGTH + 1)])(
    'cannot name a frame whose id is %.30j',
    (id) => {
      expect(decode(frameOf({ id }))).toEqual({
        ok: false,
        issues: [{ path: 'id', message: nameExpected }],
      })
    },
  )

  it.each(['1', 'msg_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'ü\ud800', 'x'.repeat(MAX_NAME_LENGTH)])(
    'takes the id %.30j',
    (id) => {
      expect(envelopeOf(decode(frameOf({ id }))).id).toBe(id)
    },
  )

  it.each([
    ['arcp', undefined, 'expected "1.1"'],
    ['arcp', '1.0', 'expected "1.1"'],
    ['arcp', 1.1, 'expected "1.1"'],
    ['arcp', null, 'expected "1.1"'],
    ['type', undefined, nameExpected],
    ['type', '', nameExpected],
    ['type', 5, nameExpected],
    ['type', 't'.repeat(257), nameExpected],
    ['payload', undefined, 'expected an object'],
    ['payload', null, 'expected an object'],
    ['payload', [], 'expected an object'],
    ['payload', 'text', 'expected an object'],
    ['session_id', 5, nameExpected],
    ['session_id', {}, nameExpected],
    ['session_id', '', nameExpected],
    ['job_id', ['j'], nameExpected],
    ['job_id', 'j'.repeat(257), nameExpected],
    ['event_seq', 0, 'expected an integer of at least 1'],
    ['event_seq', -1, 'expected an integer of at least 1'],
    ['event_seq', 1.5, 'expected an integer of at least 1'],
    ['event_seq', '1', 'expected an integer of at least 1'],
    ['event_seq', 2 ** 53, 'expected an integer of at least 1'],
  ])('names the frame and the path when %s is %.30j', (path, value, message) => {
    expect(decode(frameOf({ [path]: value }))).toEqual({
      ok: false,
      id: 'msg_1',
      issues: [{ path, message }],
    })
  })

  it('tells all that is wrong with an envelope', () => {
    const decoded = decode('{"id":"a","arcp":"2","session_id":1}')
    expect(!decoded.ok && decoded.issues.map(({ path }) => path)).toEqual([
      'arcp',
      'type',
      'payload',
      'session_id',
    ])
  })

  it.each(['session_id', 'job_id', 'trace_id', 'event_seq'])('takes null for a missing %s', (field) => {
    expect(Object.keys(envelopeOf(decode(frameOf({ [field]: null }))))).toEqual(Object.keys(good))
  })

  it.each(['0'.repeat(32), 'ABC', '', 5, {}])('drops the trace id %j and takes the frame', (trace_id) => {
    expect(Object.keys(envelopeOf(decode(frameOf({ trace_id }))))).toEqual(Object.keys(good))
  })

  it('R-SEC-3: takes a __proto__ key for a key as any other', () => {
    const decoded = decode(
      '{"arcp":"1.1","id":"a","type":"t","payload":{"__proto__":{"job_id":"evil"}},"__proto__":{"session_id":"evil"}}',
    )
    const envelope = envelopeOf(decoded)
    expect(envelope.session_id).toBeUndefined()
    expect(envelope.payload.job_id).toBeUndefined()
    expect(Object.getPrototypeOf(envelope)).toBe(Object.prototype)
    expect(Object.getPrototypeOf(envelope.payload)).toBe(Object.prototype)
    expect(JSON.stringify(envelope.payload)).toBe('{"__proto__":{"job_id":"evil"}}')
    expect('session_id' in {}).toBe(false)
  })

  it('R-SEC-3: does not take required fields from a __proto__ key', () => {
    const decoded = decode('{"id":"a","__proto__":{"arcp":"1.1","type":"t","payload":{}}}')
    expect(!decoded.ok && decoded.issues.map(({ path }) => path)).toEqual(['arcp', 'type', 'payload'])
  })

  it('R-SEC-3: lets the last of several keys of a name count, everywhere', () => {
    const text =
      '{"arcp":"1.1","id":"first","type":"t","payload":{"a":1},"id":"last","payload":{"a":2,"a":3}}'
    expect(envelopeOf(decode(text))).toEqual({ arcp: '1.1', id: 'last', type: 't', payload: { a: 3 } })
  })

  it('R-SEC-3: carries lone surrogates', () => {
    const text = '{"arcp":"1.1","id":"a\\ud800","type":"t","payload":{"\\udfff":"\\ud800x"}}'
    const envelope = envelopeOf(decode(text))
    expect(JSON.stringify(envelope)).toBe(
      '{"arcp":"1.1","id":"a\\ud800","type":"t","payload":{"\\udfff":"\\ud800x"}}',
    )
  })

  it('R-SEC-3: reads huge numbers as doubles', () => {
    const text =
      '{"arcp":"1.1","id":"a","type":"t","payload":{"big":1e999,"odd":9007199254740993,"small":1e-999}}'
    expect(envelopeOf(decode(text)).payload).toEqual({
      big: Number.POSITIVE_INFINITY,
      odd: 2 ** 53,
      small: 0,
    })
  })

  it('never throws, and names any frame that has an id', () => {
    const text = fc.oneof(
      fc.string({ unit: anyUnit }),
      fc.json({ stringUnit: anyUnit }),
      fc.jsonValue().map((value) => frameOf({ payload: value })),
      fc
        .dictionary(fc.constantFrom(...Object.keys(good), 'session_id', 'event_seq'), fc.jsonValue())
        .map(frameOf),
    )
    fc.assert(
      fc.property(text, (frame) => {
        const decoded = decode(frame)
        if (decoded.ok) return
        expect(decoded.issues.length).toBeGreaterThan(0)
        if (decoded.id !== undefined) expect(decoded.id).toBe(JSON.parse(frame).id)
      }),
      { seed: 5, numRuns: 1000 },
    )
  })
})

it('readFrame takes what decodeFrame takes, and of the rest says nothing', () => {
  const fields = fc.oneof(
    fc.constant(null),
    fc.integer(),
    fc.string(),
    fc.constant('0'.repeat(31)),
    fc.object(),
  )
  const changes = fc.dictionary(
    fc.constantFrom('arcp', 'id', 'type', 'payload', 'session_id', 'job_id', 'trace_id', 'event_seq'),
    fields,
  )
  fc.assert(
    fc.property(fc.oneof(changes.map(frameOf), fc.string()), (text) => {
      const decoded = decodeFrame(text)
      expect(readFrame(text)).toEqual(decoded.ok ? decoded.envelope : undefined)
      expect(decoded.ok || decoded.issues.length > 0).toBe(true)
    }),
  )
})

describe('decodeUntrustedFrame', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  /** The envelope and its payload are two levels. */
  const deepFrame = (levels: number, id = '"a"') =>
    `{"arcp":"1.1","id":${id},"type":"t","payload":{"input":${nested(levels - 2)}}}`

  it('takes frames up to the deepest nesting', () => {
    expect(decodeUntrustedFrame(deepFrame(MAX_JSON_DEPTH)).ok).toBe(true)
  })

  it('R-SEC-3: refuses the next level, naming the frame', () => {
    const issues = [{ path: '', message: 'the frame nests deeper than 256 levels' }]
    expect(decodeUntrustedFrame(deepFrame(MAX_JSON_DEPTH + 1))).toEqual({ ok: false, id: 'a', issues })
    expect(decodeUntrustedFrame(deepFrame(MAX_JSON_DEPTH + 1, '5'))).toEqual({ ok: false, issues })
  })

  it('R-SEC-3: survives a megabyte of brackets', () => {
    expect(decodeUntrustedFrame(deepFrame(500_000)).ok).toBe(false)
    expect(decodeUntrustedFrame('['.repeat(1_000_000)).ok).toBe(false)
    expect(decodeUntrustedFrame('{"a":'.repeat(200_000)).ok).toBe(false)
  })

  it('does not count brackets in strings', () => {
    expect(decodeUntrustedFrame(frameOf({ payload: { text: '[{"'.repeat(1000) } })).ok).toBe(true)
  })
})

describe('encodeFrame', () => {
  it('writes the fields it is given, and none that is undefined', () => {
    expect(encodeFrame('session.close', {}, { id: 'msg_1', session_id: undefined })).toBe(
      '{"arcp":"1.1","type":"session.close","id":"msg_1","payload":{}}',
    )
    const header = {
      id: 'i',
      session_id: 's',
      job_id: 'j',
      trace_id: 't',
      extensions: { 'x-vendor.a.b': 1 },
      'x-a': 1,
    }
    expect(Object.keys(JSON.parse(encodeFrame('t', { reason: undefined }, header)))).toEqual([
      'arcp',
      'type',
      'id',
      'session_id',
      'job_id',
      'trace_id',
      'extensions',
      'x-a',
      'payload',
    ])
  })

  it('throws for what JSON cannot write', () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    expect(() => encodeFrame('t', cycle, { id: 'i' })).toThrow(TypeError)
    expect(() => encodeFrame('t', { big: 1n }, { id: 'i' })).toThrow(TypeError)
  })

  it('writes frames that decode to what went in, whatever the payload', () => {
    const json = fc.jsonValue({ stringUnit: anyUnit })
    const name = fc.string({ unit: anyUnit, minLength: 1, maxLength: MAX_NAME_LENGTH / 2 })
    fc.assert(
      fc.property(
        name,
        name,
        fc.dictionary(fc.string({ unit: anyUnit }), json),
        fc.option(name, { nil: undefined }),
        fc.dictionary(
          fc.string().map((key) => `x-${key}`),
          json,
        ),
        (type, id, payload, session_id, extensions) => {
          const header = { id, session_id, ...extensions }
          const envelope = envelopeOf(decodeUntrustedFrame(encodeFrame(type, payload, header)))
          const expected = { arcp: PROTOCOL_VERSION, id, type, ...extensions, payload }
          // Through JSON, which has no -0.
          expect(JSON.stringify(envelope.payload)).toBe(JSON.stringify(payload))
          expect(Object.keys(envelope).sort()).toEqual(
            Object.keys(session_id === undefined ? expected : { ...expected, session_id }).sort(),
          )
          expect(envelope.session_id).toBe(session_id)
          for (const [key, value] of Object.entries(extensions)) {
            expect(JSON.stringify(envelope[key as `x-${string}`])).toBe(JSON.stringify(value))
          }
        },
      ),
      { seed: 6, numRuns: 500 },
    )
  })
})
