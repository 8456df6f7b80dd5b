import { otel } from '@arcp/otel'
import type { Observer } from '@arcp/protocol/observe'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import type { Terminal } from '../terminal/terminal'
import { visible } from '../visible'
import { spanTree } from './span-tree'

/** A recording of what runtime and clients do. Disposing ends it. */
export interface Tracing extends AsyncDisposable {
  /** For a runtime, and for clients. */
  readonly observe: Observer
  /** Runs something inside a span of this name. */
  span<T>(name: string, run: () => Promise<T>): Promise<T>
  /** Prints what was recorded, and sends it where `env` says. */
  show(out: Terminal): Promise<void>
}

/**
 * Records spans in memory. With `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` they also go
 * there, as OTLP over HTTP in protobuf; the exporter reads these and its other variables from the process itself. They
 * are those of the service that `OTEL_SERVICE_NAME` names; default `arcp-demo`.
 */
export function startTracing(env: NodeJS.ProcessEnv): Tracing {
  const memory = new InMemorySpanExporter()
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT
  const sending = endpoint ? counted(new OTLPTraceExporter()) : undefined
  const named = resourceFromAttributes({ 'service.name': env.OTEL_SERVICE_NAME || 'arcp-demo' })
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(named),
    spanProcessors: [
      new SimpleSpanProcessor(memory),
      ...(sending ? [new BatchSpanProcessor(sending.exporter)] : []),
    ],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const tracer = provider.getTracer('arcp-demo')
  return {
    observe: otel({ tracerProvider: provider }),
    async span(name, run) {
      const span = tracer.startSpan(name)
      try {
        return await context.with(trace.setSpan(context.active(), span), run)
      } finally {
        span.end()
      }
    },
    async show(out) {
      out.heading('What it looked like from inside')
      for (const line of spanTree(memory.getFinishedSpans(), out.paint)) out.line(line)
      if (!sending || endpoint === undefined) return
      await provider.forceFlush().catch(() => {})
      const { sent, failed } = sending
      if (failed() === undefined) out.success(`Sent ${sent()} spans to ${visible(endpoint)}.`)
      else out.line(`Could not send all spans to ${visible(endpoint)}: ${visible(String(failed()))}`)
    },
    async [Symbol.asyncDispose]() {
      context.disable()
      await provider.shutdown().catch(() => {})
    },
  }
}

/** An exporter that counts what it has exported, and remembers its last failure. */
function counted(inner: SpanExporter) {
  let sent = 0
  let failed: unknown
  const exporter: SpanExporter = {
    export: (spans, done) =>
      inner.export(spans, (result) => {
        if (result.code === 0) sent += spans.length
        else failed = result.error?.message ?? 'no reason was given'
        done(result)
      }),
    shutdown: () => inner.shutdown(),
    ...(inner.forceFlush && { forceFlush: () => inner.forceFlush?.() ?? Promise.resolve() }),
  }
  return { exporter, sent: () => sent, failed: () => failed }
}
