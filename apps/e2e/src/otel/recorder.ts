import { type Context, type ContextManager, context, type Span, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'

/** Spans as they are exported. */
export interface Recorder {
  readonly provider: BasicTracerProvider
  /** Makes a provider as another process has one, whose spans are exported to the same place. */
  readonly another: () => BasicTracerProvider
  readonly spans: () => readonly ReadableSpan[]
  /** The one span of this name. */
  span(name: string): ReadableSpan
  /** Names below names, as spans name their parents: one that is not there is named by its id. */
  tree(): string[]
}

/** Records every span, in memory. */
export function recorder(more: { sampler?: Sampler; processors?: SpanProcessor[] } = {}): Recorder {
  const exporter = new InMemorySpanExporter()
  const { sampler, processors = [] } = more
  const another = () =>
    new BasicTracerProvider({
      ...(sampler && { sampler }),
      spanProcessors: [new SimpleSpanProcessor(exporter), ...processors],
    })
  const spans = () => exporter.getFinishedSpans()
  const nameOf = (span: ReadableSpan): string => {
    const parent = span.parentSpanContext
    if (!parent) return span.name
    const above = spans().find((other) => other.spanContext().spanId === parent.spanId)
    return `${above ? nameOf(above) : parent.spanId} > ${span.name}`
  }
  return {
    provider: another(),
    another,
    spans,
    span(name) {
      const found = spans().filter((span) => span.name === name)
      if (found.length !== 1 || !found[0]) throw new Error(`${found.length} spans are named ${name}`)
      return found[0]
    },
    tree: () => spans().map(nameOf).sort(),
  }
}

/** Has contexts follow what is asynchronous, as an SDK that is set up does; the function it returns ends that. */
export function followContexts(): () => void {
  const manager: ContextManager = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(manager)
  return () => context.disable()
}

/** Runs something inside a span of a test's own. */
export function inSpan<T>(provider: BasicTracerProvider, name: string, run: (span: Span) => T): T {
  const span = provider.getTracer('test').startSpan(name)
  const inside: Context = trace.setSpan(context.active(), span)
  return context.with(inside, () => run(span))
}
