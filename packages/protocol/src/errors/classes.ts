import { ArcpError, type ArcpErrorOptions, nameOf } from './arcp-error'
import { ERROR_CODES, type ErrorCode } from './codes'

interface ErrorClass<Code extends ErrorCode> {
  new (message: string, options?: ArcpErrorOptions): ArcpError<Code>
}

function errorClass<Code extends ErrorCode>(code: Code): ErrorClass<Code> {
  return class extends ArcpError<Code> {
    static override readonly name = nameOf(code)

    constructor(message: string, options?: ArcpErrorOptions) {
      super(code, message, options)
    }
  }
}

/** The classes there are; of those that nothing imports, browsers load none. */
const made = new Map<string, unknown>()

/** A class under its own name; a call, for bundlers drop what comes of one that nobody uses. */
function classOf<Code extends ErrorCode>(code: Code): ErrorClass<Code> {
  const Class = (made.get(code) as ErrorClass<Code> | undefined) ?? errorClass(code)
  made.set(code, Class)
  return Class
}

/** The class of a code, if it is one of this protocol's and something imports it. */
export function importedClass(code: string): ErrorClass<ErrorCode> | undefined {
  return made.get(code) as ErrorClass<ErrorCode> | undefined
}

/** The class of each code, so that the code alone tells what to throw. */
export const errorClasses = /* @__PURE__ */ everyClass()

function everyClass(): { readonly [Code in ErrorCode]: ErrorClass<Code> } {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) classOf(code)
  return Object.fromEntries(made) as { readonly [Code in ErrorCode]: ErrorClass<Code> }
}

/** `PERMISSION_DENIED`: the caller or the lease does not allow this. */
export const PermissionDeniedError = /* @__PURE__ */ classOf('PERMISSION_DENIED')
export type PermissionDeniedError = ArcpError<'PERMISSION_DENIED'>
/** `LEASE_SUBSET_VIOLATION`: a child asked for more than its parent holds. */
export const LeaseSubsetViolationError = /* @__PURE__ */ classOf('LEASE_SUBSET_VIOLATION')
export type LeaseSubsetViolationError = ArcpError<'LEASE_SUBSET_VIOLATION'>
/** `JOB_NOT_FOUND`: no such job, or none this caller may know of. */
export const JobNotFoundError = /* @__PURE__ */ classOf('JOB_NOT_FOUND')
export type JobNotFoundError = ArcpError<'JOB_NOT_FOUND'>
/** `DUPLICATE_KEY`: the idempotency key belongs to a different request. */
export const DuplicateKeyError = /* @__PURE__ */ classOf('DUPLICATE_KEY')
export type DuplicateKeyError = ArcpError<'DUPLICATE_KEY'>
/** `AGENT_NOT_AVAILABLE`: no agent of this name is offered here. */
export const AgentNotAvailableError = /* @__PURE__ */ classOf('AGENT_NOT_AVAILABLE')
export type AgentNotAvailableError = ArcpError<'AGENT_NOT_AVAILABLE'>
/** `AGENT_VERSION_NOT_AVAILABLE`: the agent is offered, but not in this version. */
export const AgentVersionNotAvailableError = /* @__PURE__ */ classOf('AGENT_VERSION_NOT_AVAILABLE')
export type AgentVersionNotAvailableError = ArcpError<'AGENT_VERSION_NOT_AVAILABLE'>
/** `CANCELLED`: the job was cancelled. */
export const CancelledError = /* @__PURE__ */ classOf('CANCELLED')
export type CancelledError = ArcpError<'CANCELLED'>
/** `TIMEOUT`: the job ran longer than it may. */
export const TimeoutError = /* @__PURE__ */ classOf('TIMEOUT')
export type TimeoutError = ArcpError<'TIMEOUT'>
/** `RESUME_WINDOW_EXPIRED`: what was asked for again is no longer held. */
export const ResumeWindowExpiredError = /* @__PURE__ */ classOf('RESUME_WINDOW_EXPIRED')
export type ResumeWindowExpiredError = ArcpError<'RESUME_WINDOW_EXPIRED'>
/** `HEARTBEAT_LOST`: the peer fell silent. */
export const HeartbeatLostError = /* @__PURE__ */ classOf('HEARTBEAT_LOST')
export type HeartbeatLostError = ArcpError<'HEARTBEAT_LOST'>
/** `LEASE_EXPIRED`: the lease ended before the work did. */
export const LeaseExpiredError = /* @__PURE__ */ classOf('LEASE_EXPIRED')
export type LeaseExpiredError = ArcpError<'LEASE_EXPIRED'>
/** `BUDGET_EXHAUSTED`: a cost budget is used up. */
export const BudgetExhaustedError = /* @__PURE__ */ classOf('BUDGET_EXHAUSTED')
export type BudgetExhaustedError = ArcpError<'BUDGET_EXHAUSTED'>
/** `INVALID_REQUEST`: the request is malformed or does not fit the state it met. */
export const InvalidRequestError = /* @__PURE__ */ classOf('INVALID_REQUEST')
export type InvalidRequestError = ArcpError<'INVALID_REQUEST'>
/** `UNAUTHENTICATED`: the token was refused. */
export const UnauthenticatedError = /* @__PURE__ */ classOf('UNAUTHENTICATED')
export type UnauthenticatedError = ArcpError<'UNAUTHENTICATED'>
/** `INTERNAL_ERROR`: something failed inside, or a limit was reached. */
export const InternalError = /* @__PURE__ */ classOf('INTERNAL_ERROR')
export type InternalError = ArcpError<'INTERNAL_ERROR'>
