import { type DataPoint, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

/** What a metric has measured; of a histogram, what that adds up to, and how often. */
export type Measured = number | readonly [sum: number, count: number]

/** Metrics, kept in memory. Disposing ends that. */
export interface Meter extends AsyncDisposable {
  readonly provider: MeterProvider
  /** What each has measured since the beginning, by its name, and then by the values of its attributes. */
  read(): Promise<Record<string, Record<string, Measured>>>
}

/** Measures, in memory. */
export function meter(): Meter {
  const reader = new Reader()
  const provider = new MeterProvider({ readers: [reader] })
  return {
    provider,
    async read() {
      const { resourceMetrics, errors } = await reader.collect()
      if (errors.length > 0) throw new AggregateError(errors, 'metrics could not be collected')
      const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
      return Object.fromEntries(
        metrics.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          Object.fromEntries(dataPoints.map(told)),
        ]),
      )
    },
    [Symbol.asyncDispose]: () => provider.shutdown(),
  }
}

function told({ attributes, value }: DataPoint<unknown>): [values: string, measured: Measured] {
  const measured = value as number | { readonly sum: number; readonly count: number }
  const values = Object.values(attributes).join(' ')
  return [values, typeof measured === 'number' ? measured : [measured.sum, measured.count]]
}

/** Is asked, and tells nothing by itself. */
class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}
