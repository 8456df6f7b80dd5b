import { createHmac } from 'node:crypto'
import type { Scope, StoreIdentity } from '@arcp/protocol/store'

/**
 * The token that proves a job to whoever takes it up again: computed from the store's secret, kept nowhere.
 * `docs/protocol.md` §3.
 */
export function jobResumeToken(store: StoreIdentity, scope: Scope, jobId: string): string {
  const proof = createHmac('sha256', store.secret)
    .update(JSON.stringify([scope.principal, scope.chain, jobId, store.logEpoch]))
    .digest('base64url')
  return `arj_${Buffer.from(JSON.stringify([jobId, store.logEpoch, proof])).toString('base64url')}`
}
