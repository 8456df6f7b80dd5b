import { context, trace } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { expect, test } from 'vitest'
import { formatDuration, spanTree } from './span-tree'

const plain = (_: string, text: string) => text

test.each([
  [[0, 0], '0 ms'],
  [[0, 250_000], '0.25 ms'],
  [[0, 12_345_678], '12.3 ms'],
  [[0, 999_900_000], '999.9 ms'],
  [[2, 500_000_000], '2.50 s'],
] as const)('%j is %s', (duration, text) => {
  expect(formatDuration(duration)).toBe(text)
})

test('spans are drawn below their parents in the order they began, each trace by itself', () => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const tracer = provider.getTracer('test')
  const start = (name: string, from: number, to: number, parent = context.active()) => {
    const span = tracer.startSpan(name, { startTime: from }, parent)
    return { span, inside: trace.setSpan(parent, span), end: () => span.end(to) }
  }
  const at = Date.UTC(2026, 0, 1)
  const root = start('root', at, at + 2_500)
  const late = start('late\u001b[31m', at + 2, at + 3, root.inside)
  const early = start('early', at + 1, at + 13, root.inside)
  const leaf = start('leaf', at + 1, at + 1, early.inside)
  const other = start('other', at, at + 1)
  early.span.addEvent('something happened')
  early.span.addLink({ context: other.span.spanContext() })
  late.span.setStatus({ code: 2 }).setAttribute('error.type', 'TIMEOUT')
  const stray = trace.setSpanContext(context.active(), {
    ...other.span.spanContext(),
    spanId: 'b7ad6b7169203331',
  })
  const orphan = start('orphan', at + 1, at + 2, stray)
  for (const { end } of [leaf, early, late, orphan, root, other]) end()
  const { traceId, spanId } = other.span.spanContext()
  expect(spanTree(exporter.getFinishedSpans(), plain)).toEqual([
    `trace ${traceId}`,
    '├─ other  1.00 ms',
    '└─ orphan  1.00 ms',
    `trace ${root.span.spanContext().traceId}`,
    '└─ root  2.50 s',
    '   ├─ early  12.0 ms',
    '   │  │ · something happened',
    `   │  │ ⇢ linked to span ${spanId} of trace ${traceId}`,
    '   │  └─ leaf  0 ms',
    '   └─ late\\u{1b}[31m  1.00 ms  TIMEOUT',
  ])
})
