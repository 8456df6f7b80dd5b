import { InternalError } from '@arcp/protocol'

/** A limit of this client that was reached. `docs/protocol.md` §9. */
export function limitReached(message: string, reason: string, limit: number) {
  return new InternalError(message, { details: { reason, limit } })
}

/** A runtime that broke the protocol in a way that concerns one call or one job only. */
export function violation(message: string, reason: string) {
  return new InternalError(message, { retryable: false, details: { reason } })
}

/** What anything that was thrown says. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
