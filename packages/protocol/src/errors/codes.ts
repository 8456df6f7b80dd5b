/**
 * Every code that travels, and no other: some peers hang on codes they do not know. What each means stands beside it;
 * `retryable` says whether repeating the request may help. `docs/protocol.md` §9.
 */
export const ERROR_CODES = {
  /** The caller or the lease does not allow this. */
  PERMISSION_DENIED: { retryable: false },
  /** A child asked for more than its parent holds. */
  LEASE_SUBSET_VIOLATION: { retryable: false },
  /** No such job, or none this caller may know of. */
  JOB_NOT_FOUND: { retryable: false },
  /** The idempotency key belongs to a different request. */
  DUPLICATE_KEY: { retryable: false },
  /** No agent of this name is offered here. */
  AGENT_NOT_AVAILABLE: { retryable: false },
  /** The agent is offered, but not in this version. */
  AGENT_VERSION_NOT_AVAILABLE: { retryable: false },
  /** The job was cancelled. */
  CANCELLED: { retryable: false },
  /** The job ran longer than it may. */
  TIMEOUT: { retryable: false },
  /** What was asked for again is no longer held. */
  RESUME_WINDOW_EXPIRED: { retryable: false },
  /** The peer fell silent. */
  HEARTBEAT_LOST: { retryable: true },
  /** The lease ended before the work did. */
  LEASE_EXPIRED: { retryable: false },
  /** A cost budget is used up. */
  BUDGET_EXHAUSTED: { retryable: false },
  /** The request is malformed or does not fit the state it met. */
  INVALID_REQUEST: { retryable: false },
  /** The token was refused. */
  UNAUTHENTICATED: { retryable: false },
  /** Something failed inside, or a limit was reached. */
  INTERNAL_ERROR: { retryable: true },
} as const satisfies Record<string, { readonly retryable: boolean }>

/** Those of which repeating the request may help; by themselves, for browsers need not load the others. */
export const RETRYABLE_CODES: readonly string[] = ['HEARTBEAT_LOST', 'INTERNAL_ERROR']

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES

/** Whether `code` is one this protocol knows. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}
