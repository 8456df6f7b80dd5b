/** What one error code means and whether repeating the request may help. */
interface ErrorCodeFacts {
  readonly retryable: boolean
  readonly meaning: string
}

/**
 * Every code that travels, and no other: some peers hang on codes they do not know. `docs/protocol.md` §9.
 */
export const ERROR_CODES = {
  PERMISSION_DENIED: { retryable: false, meaning: 'The caller or the lease does not allow this.' },
  LEASE_SUBSET_VIOLATION: { retryable: false, meaning: 'A child asked for more than its parent holds.' },
  JOB_NOT_FOUND: { retryable: false, meaning: 'No such job, or none this caller may know of.' },
  DUPLICATE_KEY: { retryable: false, meaning: 'The idempotency key belongs to a different request.' },
  AGENT_NOT_AVAILABLE: { retryable: false, meaning: 'No agent of this name is offered here.' },
  AGENT_VERSION_NOT_AVAILABLE: {
    retryable: false,
    meaning: 'The agent is offered, but not in this version.',
  },
  CANCELLED: { retryable: false, meaning: 'The job was cancelled.' },
  TIMEOUT: { retryable: false, meaning: 'The job ran longer than it may.' },
  RESUME_WINDOW_EXPIRED: { retryable: false, meaning: 'What was asked for again is no longer held.' },
  HEARTBEAT_LOST: { retryable: true, meaning: 'The peer fell silent.' },
  LEASE_EXPIRED: { retryable: false, meaning: 'The lease ended before the work did.' },
  BUDGET_EXHAUSTED: { retryable: false, meaning: 'A cost budget is used up.' },
  INVALID_REQUEST: {
    retryable: false,
    meaning: 'The request is malformed or does not fit the state it met.',
  },
  UNAUTHENTICATED: { retryable: false, meaning: 'The token was refused.' },
  INTERNAL_ERROR: { retryable: true, meaning: 'Something failed inside, or a limit was reached.' },
} as const satisfies Record<string, ErrorCodeFacts>

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES

/** Whether `code` is one this protocol knows. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}
