import { LEASE_NAMESPACES } from '@arcp/protocol'
import type { Observation } from '@arcp/protocol/observe'
import type { Attributes, Meter } from '@opentelemetry/api'
import { Attribute, Metric } from '../names'
import { described } from './described'

const known: ReadonlySet<string> = new Set(LEASE_NAMESPACES)

/** Counts whatever is refused, by what it was and why. */
export function denialMetrics(meter: Meter): (observation: Observation) => void {
  const denials = meter.createCounter(...described(Metric.denials))
  return (observation) => {
    const attributes = denialOf(observation)
    if (attributes) denials.add(1, attributes)
  }
}

function denialOf(observation: Observation): Attributes | undefined {
  switch (observation.type) {
    case 'operation.denied': {
      const { namespace, code = 'PERMISSION_DENIED' } = observation
      return {
        ...denial('operation', code),
        [Attribute.namespace]: known.has(namespace) ? namespace : '_OTHER',
      }
    }
    case 'access.denied':
      return denial('access', observation.by)
    case 'session.refused':
      return denial('session', observation.code)
    case 'session.resume_refused':
      return denial('resume', observation.reason)
    case 'request.failed':
      return denial('request', observation.code)
  }
  return undefined
}

function denial(of: string, reason: string): Attributes {
  return { [Attribute.denial]: of, [Attribute.reason]: reason }
}
