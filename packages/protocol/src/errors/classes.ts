import { ArcpError, type ArcpErrorOptions } from './arcp-error'
import type { ErrorCode } from './codes'

interface ErrorClass<Code extends ErrorCode> {
  new (message: string, options?: ArcpErrorOptions): ArcpError<Code>
}

function errorClass<Code extends ErrorCode>(code: Code): ErrorClass<Code> {
  const name = nameOf(code)
  const Class = class extends ArcpError<Code> {
    constructor(message: string, options?: ArcpErrorOptions) {
      super(code, message, options)
      this.name = name
    }
  }
  return Object.defineProperty(Class, 'name', { value: name })
}

/** `PermissionDeniedError` of `PERMISSION_DENIED`: made, not written out, for what browsers load should be small. */
function nameOf(code: ErrorCode): string {
  const words = code.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())
  return `${words.replace(/Error$/, '')}Error`
}

/** `PERMISSION_DENIED`: the caller or the lease does not allow this. */
export const PermissionDeniedError = /* @__PURE__ */ errorClass('PERMISSION_DENIED')
/** `LEASE_SUBSET_VIOLATION`: a child asked for more than its parent holds. */
export const LeaseSubsetViolationError = /* @__PURE__ */ errorClass('LEASE_SUBSET_VIOLATION')
/** `JOB_NOT_FOUND`: no such job, or none this caller may know of. */
export const JobNotFoundError = /* @__PURE__ */ errorClass('JOB_NOT_FOUND')
/** `DUPLICATE_KEY`: the idempotency key belongs to a different request. */
export const DuplicateKeyError = /* @__PURE__ */ errorClass('DUPLICATE_KEY')
/** `AGENT_NOT_AVAILABLE`: no agent of this name is offered here. */
export const AgentNotAvailableError = /* @__PURE__ */ errorClass('AGENT_NOT_AVAILABLE')
/** `AGENT_VERSION_NOT_AVAILABLE`: the agent is offered, but not in this version. */
export const AgentVersionNotAvailableError = /* @__PURE__ */ errorClass('AGENT_VERSION_NOT_AVAILABLE')
/** `CANCELLED`: the job was cancelled. */
export const CancelledError = /* @__PURE__ */ errorClass('CANCELLED')
/** `TIMEOUT`: the job ran longer than it may. */
export const TimeoutError = /* @__PURE__ */ errorClass('TIMEOUT')
/** `RESUME_WINDOW_EXPIRED`: what was asked for again is no longer held. */
export const ResumeWindowExpiredError = /* @__PURE__ */ errorClass('RESUME_WINDOW_EXPIRED')
/** `HEARTBEAT_LOST`: the peer fell silent. */
export const HeartbeatLostError = /* @__PURE__ */ errorClass('HEARTBEAT_LOST')
/** `LEASE_EXPIRED`: the lease ended before the work did. */
export const LeaseExpiredError = /* @__PURE__ */ errorClass('LEASE_EXPIRED')
/** `BUDGET_EXHAUSTED`: a cost budget is used up. */
export const BudgetExhaustedError = /* @__PURE__ */ errorClass('BUDGET_EXHAUSTED')
/** `INVALID_REQUEST`: the request is malformed or does not fit the state it met. */
export const InvalidRequestError = /* @__PURE__ */ errorClass('INVALID_REQUEST')
/** `UNAUTHENTICATED`: the token was refused. */
export const UnauthenticatedError = /* @__PURE__ */ errorClass('UNAUTHENTICATED')
/** `INTERNAL_ERROR`: something failed inside, or a limit was reached. */
export const InternalError = /* @__PURE__ */ errorClass('INTERNAL_ERROR')

/** The class of each code, so that the code alone tells what to throw. */
export const errorClasses: { readonly [Code in ErrorCode]: ErrorClass<Code> } = {
  PERMISSION_DENIED: PermissionDeniedError,
  LEASE_SUBSET_VIOLATION: LeaseSubsetViolationError,
  JOB_NOT_FOUND: JobNotFoundError,
  DUPLICATE_KEY: DuplicateKeyError,
  AGENT_NOT_AVAILABLE: AgentNotAvailableError,
  AGENT_VERSION_NOT_AVAILABLE: AgentVersionNotAvailableError,
  CANCELLED: CancelledError,
  TIMEOUT: TimeoutError,
  RESUME_WINDOW_EXPIRED: ResumeWindowExpiredError,
  HEARTBEAT_LOST: HeartbeatLostError,
  LEASE_EXPIRED: LeaseExpiredError,
  BUDGET_EXHAUSTED: BudgetExhaustedError,
  INVALID_REQUEST: InvalidRequestError,
  UNAUTHENTICATED: UnauthenticatedError,
  INTERNAL_ERROR: InternalError,
}
