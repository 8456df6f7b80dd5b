/** What a metric is made with. */
export interface MetricName {
  readonly name: string
  readonly kind: 'counter' | 'up-down counter' | 'histogram'
  /** As OpenTelemetry writes units. */
  readonly unit: string
  /** What it counts or measures, in words. */
  readonly means: string
  readonly attributes: readonly string[]
}

/** What a span is made with. */
export interface SpanName {
  /** What stands in braces differs from span to span. */
  readonly name: string
  readonly kind: 'CLIENT' | 'SERVER' | 'INTERNAL'
  readonly means: string
  readonly attributes: readonly string[]
}
