import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Scope } from '@arcp/protocol/store'
import type { ListPlace } from './job-index'
import type { ListFilter } from './list-filter'

/** What a cursor is bound to: it is of no use to anybody else, nor in another listing. */
export interface ListCursorOf {
  /** The store's. */
  readonly secret: Uint8Array
  readonly scope: Scope
  readonly filter: ListFilter
}

const PROOF_BYTES = 32

/** Where a listing goes on, as text that only this store's runtimes can have made. `docs/protocol.md` §3. */
export function listCursor(of: ListCursorOf, { createdAt, jobId }: ListPlace): string {
  const place = JSON.stringify([createdAt, jobId])
  return Buffer.concat([proofOf(of, place), Buffer.from(place)]).toString('base64url')
}

/** Reads a cursor; `undefined` when it was not made for this listing. */
export function readListCursor(of: ListCursorOf, cursor: string): ListPlace | undefined {
  const bytes = Buffer.from(cursor, 'base64url')
  // Decoding passes over whatever is none of its characters.
  if (bytes.toString('base64url') !== cursor) return undefined
  const proof = bytes.subarray(0, PROOF_BYTES)
  const place = bytes.subarray(PROOF_BYTES).toString('utf8')
  if (proof.length !== PROOF_BYTES || !timingSafeEqual(proof, proofOf(of, place))) return undefined
  const [createdAt, jobId] = JSON.parse(place) as [number, string]
  return { createdAt, jobId }
}

/** Begins with words no other token of the store begins with, so that none can be taken for the other. */
function proofOf({ secret, scope, filter }: ListCursorOf, place: string): Buffer {
  const { principal, chain } = scope
  const { states, agent, after, before } = filter
  return createHmac('sha256', secret)
    .update(`session.list_jobs ${JSON.stringify([principal, chain, states, agent, after, before, place])}`)
    .digest()
}
