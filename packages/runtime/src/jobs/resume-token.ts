import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Scope, StoreIdentity } from '@arcp/protocol/store'

/** What a job's token says; whether it is true is another question. */
export interface JobTokenClaims {
  readonly jobId: string
  readonly logEpoch: string
  readonly proof: Buffer
}

const PREFIX = 'arj_'
const PROOF_BYTES = 32

/**
 * The token that proves a job to whoever takes it up again: computed from the store's secret, kept in no store.
 * `docs/protocol.md` §3.
 */
export function jobResumeToken(store: StoreIdentity, scope: Scope, jobId: string): string {
  const proof = proofOf(store, scope, jobId, store.logEpoch)
  const claims = Buffer.from(JSON.stringify([jobId, store.logEpoch]))
  return `${PREFIX}${Buffer.concat([proof, claims]).toString('base64url')}`
}

/** Reads a token; `undefined` when it is none. */
export function readJobToken(token: string): JobTokenClaims | undefined {
  if (!token.startsWith(PREFIX)) return undefined
  const bytes = Buffer.from(token.slice(PREFIX.length), 'base64url')
  try {
    const claims: unknown = JSON.parse(bytes.subarray(PROOF_BYTES).toString('utf8'))
    if (!Array.isArray(claims)) return undefined
    const [jobId, logEpoch] = claims
    if (typeof jobId !== 'string' || typeof logEpoch !== 'string') return undefined
    return { jobId, logEpoch, proof: bytes.subarray(0, PROOF_BYTES) }
  } catch {
    return undefined
  }
}

/** Whether a token was made by this store for this scope. */
export function isProven(claims: JobTokenClaims, store: StoreIdentity, scope: Scope): boolean {
  const proof = proofOf(store, scope, claims.jobId, claims.logEpoch)
  return claims.proof.length === proof.length && timingSafeEqual(claims.proof, proof)
}

function proofOf(store: StoreIdentity, scope: Scope, jobId: string, logEpoch: string): Buffer {
  return createHmac('sha256', store.secret)
    .update(JSON.stringify([scope.principal, scope.chain, jobId, logEpoch]))
    .digest()
}
