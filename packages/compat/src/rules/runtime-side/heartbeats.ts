import type { RuntimeRule } from '../../runtime-side/rule'

export const heartbeats: RuntimeRule = {
  name: 'heartbeats',
  fact: 'Jobs of the draft have no heartbeat.',
  write: { 'job.heartbeat': () => [] },
}
