import type { Step } from '../../rule'
import type { RuntimeMemory } from '../../runtime-side/memory'
import type { RuntimeRule } from '../../runtime-side/rule'

const fromEnvelope: Step<RuntimeMemory> = ({ job_id, payload }) => {
  if (job_id !== undefined) payload.job_id ??= job_id
}

export const jobOfEnvelope: RuntimeRule = {
  name: 'job of envelope',
  fact: 'A request for a job may name it in its envelope alone.',
  read: { 'job.cancel': fromEnvelope, 'job.subscribe': fromEnvelope, 'job.unsubscribe': fromEnvelope },
}
