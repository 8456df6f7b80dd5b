import type { Job } from '../jobs/job'
import type { Observers } from '../observers'

/** Takes in what was decided on an operation, and nothing secret of it; `code` is why it was denied. */
export type OnDecision = (namespace: string, target: string, code?: string) => void

/** Tells observers of each decision on what a job does. */
export function decisionsOf(job: Pick<Job, 'observed'>, observers: Observers): OnDecision {
  return (namespace, target, code) => {
    if (!observers.watching) return
    const operation = { job: job.observed(), namespace, target }
    if (code === undefined) observers.observe({ type: 'operation.allowed', ...operation })
    else observers.observe({ type: 'operation.denied', ...operation, code })
  }
}
