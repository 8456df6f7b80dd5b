import { compat } from '@arcp/compat'
import { otel } from '@arcp/otel'
import type { Observer } from '@arcp/protocol/observe'
import type { Acceptor } from '@arcp/protocol/transport'
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

/** What a service puts around its runtime. */
export interface Surroundings {
  /** Who watches it. */
  observe?(): Observer
  /** What transports are handed to in its place. */
  wrap?(runtime: Acceptor): Acceptor
}

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

/** What is compared, to the first; the second is the same once more, and shows how far figures of the same differ. */
export const surroundings: Readonly<Record<string, Surroundings>> = {
  nothing: {},
  'nothing, once more': {},
  'compat, for a client of the native form': { wrap: (runtime) => compat(runtime) },
  'otel, no trace sampled': { observe: () => watched(new AlwaysOffSampler()) },
  'otel, every trace sampled': { observe: () => watched(new AlwaysOnSampler()) },
}
