import { describe, expect, it } from 'vitest'
import { parseTraceParent, readTraceContext, TRACE_CONTEXT_KEY } from './trace-context'

const trace = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${trace}-b7ad6b7169203331-01`

describe('a traceparent', () => {
  it('names trace, span and flags', () => {
    expect(parseTraceParent(traceparent)).toEqual({ traceId: trace, spanId: 'b7ad6b7169203331', flags: 1 })
  })

  it('of a later version may say more', () => {
    expect(parseTraceParent(`01-${traceparent.slice(3)}-what-comes`)).toMatchObject({ traceId: trace })
    expect(parseTraceParent(`cc-${traceparent.slice(3)}`)).toMatchObject({ traceId: trace })
  })

  it.each([
    ['no text', 7],
    ['nothing', ''],
    ['capitals', traceparent.toUpperCase()],
    ['a trace of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['a span of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
    ['the version that never is', `ff-${traceparent.slice(3)}`],
    ['more than version 00 has', `${traceparent}-more`],
    ['more without a dash', `01-${traceparent.slice(3)}more`],
    ['no flags', traceparent.slice(0, -3)],
    ['a line break at its end', `${traceparent}\n`],
  ])('is none with %s', (_, value) => {
    expect(parseTraceParent(value)).toBeUndefined()
  })
})

describe('the trace context of a request', () => {
  const context = { traceparent, tracestate: 'vendor=1' }
  const carried = { [TRACE_CONTEXT_KEY]: context }

  it.each([
    ['extensions of the envelope', { extensions: carried, payload: {} }],
    ['extensions of the payload', { payload: { extensions: carried } }],
    ['the envelope itself', { ...carried, payload: {} }],
  ])('is read from the %s', (_, envelope) => {
    expect(readTraceContext(envelope)).toEqual(context)
  })

  it('is that of the envelope’s extensions where there are several, and a later one where that is none', () => {
    const other = { [TRACE_CONTEXT_KEY]: { traceparent: traceparent.replace('b7', 'c8') } }
    expect(readTraceContext({ extensions: carried, payload: { extensions: other } })).toEqual(context)
    const broken = { [TRACE_CONTEXT_KEY]: { traceparent: 'none' } }
    expect(readTraceContext({ extensions: broken, payload: {}, ...carried })).toEqual(context)
  })

  it('leaves out what is too long or no text, and keeps what is as long as may be', () => {
    const read = (more: object) =>
      readTraceContext({ extensions: { [TRACE_CONTEXT_KEY]: { traceparent, ...more } } })
    expect(read({ tracestate: 'x'.repeat(513), baggage: 'x'.repeat(8_193) })).toEqual({ traceparent })
    const longest = { tracestate: 'x'.repeat(512), baggage: 'x'.repeat(8_192) }
    expect(read(longest)).toEqual({ traceparent, ...longest })
    expect(read({ tracestate: 7, baggage: '', other: 'x' })).toEqual({ traceparent })
  })

  it.each([
    {},
    { extensions: null },
    { extensions: { __proto__: carried } },
    { extensions: [] },
    { payload: 1 },
  ])('is missing in %j', (envelope) => {
    expect(readTraceContext(envelope)).toBeUndefined()
  })
})
