// The observer

export type { LogRecord, LogRecordProvider, OtelOptions } from './options'
export { otel } from './otel'

// Names

export type { MetricName, SpanName } from './name-kinds'
export {
  Attribute,
  type AttributeName,
  attributeMeanings,
  CONVENTIONS,
  Metric,
  Span,
  SpanEvent,
  spanEventMeanings,
} from './names'
