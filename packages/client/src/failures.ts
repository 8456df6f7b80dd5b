import { InternalError, ResumeWindowExpiredError } from '@arcp/protocol'

/** A limit of this client that was reached, `what` saying of what there were more. `docs/protocol.md` §9. */
export function limitReached(limit: number, what: string, reason: string) {
  return new InternalError(`more than ${limit} ${what}`, { details: { reason, limit } })
}

/** A runtime that broke the protocol in a way that concerns one call or one job only. */
export function violation(message: string, reason: string) {
  return new InternalError(message, { retryable: false, details: { reason } })
}

/** A runtime that has no more events of a job for this session, and holds those from `first_seq` on. */
export function eventsLost(reason: unknown, first_seq: unknown) {
  return new ResumeWindowExpiredError(`no more events: ${reason}`, { details: { reason, first_seq } })
}

/** What says that a number, or another field, is not the one to follow. */
export function misplaced(field: string, found: unknown, due: unknown): string {
  return `${field} ${found} where ${due} was due`
}

/** What anything that was thrown says. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
