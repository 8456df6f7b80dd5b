import type { MetricOptions } from '@opentelemetry/api'
import type { MetricName } from '../name-kinds'

/** What a meter wants to know of an instrument. */
export function described({ name, unit, means }: MetricName): [name: string, options: MetricOptions] {
  return [name, { unit, description: means }]
}
