import type { ObservedJob } from '@arcp/protocol/observe'
import type { Observers } from '../observers'

/** Takes in what was decided on an operation, and nothing secret of it; `code` is why it was denied. */
export type OnDecision = (namespace: string, target: string, code?: string) => void

/** Tells observers of each decision on what a job does. */
export function decisionsOf(job: ObservedJob, observers: Observers): OnDecision {
  return (namespace, target, code) => {
    const operation = { job, namespace, target }
    if (code === undefined) observers.observe({ type: 'operation.allowed', ...operation })
    else observers.observe({ type: 'operation.denied', ...operation, code })
  }
}
