import { otel } from '@arcp/otel'
import type { Observer } from '@arcp/protocol/observe'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'

/** Takes what it is given, and forgets it. */
const nowhere: SpanExporter = { export: (_, done) => done({ code: 0 }), shutdown: async () => {} }

/** Spans and metrics as one would have them, of every trace or of none. */
function watched(sampler: Sampler): Observer {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  return otel({
    tracerProvider: new BasicTracerProvider({ sampler, spanProcessors: [new BatchSpanProcessor(nowhere)] }),
    meterProvider: new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] }),
  })
}

/** Who watches a runtime. */
export const watchers: Readonly<Record<string, () => Observer | undefined>> = {
  nobody: () => undefined,
  'otel, no trace sampled': () => watched(new AlwaysOffSampler()),
  'otel, every trace sampled': () => watched(new AlwaysOnSampler()),
}
