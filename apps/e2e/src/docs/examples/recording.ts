import { SnapshotSpanProcessor } from '@arcp/otel/snapshots'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'

export function record(exporter: SpanExporter): BasicTracerProvider {
  const provider = new BasicTracerProvider({
    spanProcessors: [
      new BatchSpanProcessor(exporter),
      new SnapshotSpanProcessor({ exporter, intervalMs: 10_000 }),
    ],
  })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  return provider
}
