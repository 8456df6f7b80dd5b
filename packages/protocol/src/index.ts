// Agents

export {
  type AgentContract,
  type AgentDefinition,
  type AgentInput,
  type AgentParsedInput,
  type AgentResult,
  type AgentReturn,
  type AnySchema,
  agent,
  type OutputKind,
} from './agents/contract'
export { type AgentReference, parseAgentReference } from './agents/reference'
export { type Validated, validate } from './agents/validate'

// Envelopes

export {
  type DecodedFrame,
  decodeUntrustedFrame,
  type Envelope,
  type EnvelopeHeader,
  encodeFrame,
  PROTOCOL_VERSION,
  readFrame,
} from './envelope'
export { MAX_NAME_LENGTH } from './fields'
export { MAX_JSON_DEPTH } from './json'
export { utf8Length } from './utf8'

// Messages

export { type SessionAck, sessionAckSchema } from './messages/ack'
export type { Credential } from './messages/credential'
export { type SessionError, sessionErrorSchema } from './messages/error'
export {
  type JobHeartbeat,
  jobHeartbeatSchema,
  type SessionPing,
  type SessionPong,
  sessionPingSchema,
  sessionPongSchema,
} from './messages/heartbeat'
export {
  JOB_STATES,
  type JobAccepted,
  type JobCancel,
  type JobCancelAccepted,
  type JobState,
  type JobSubmit,
  jobAcceptedSchema,
  jobCancelAcceptedSchema,
  jobCancelSchema,
  jobSubmitSchema,
} from './messages/job'
export {
  type JobFilter,
  type JobListing,
  MAX_LISTED_JOBS,
  type SessionJobs,
  type SessionListJobs,
  sessionJobsSchema,
  sessionListJobsSchema,
} from './messages/listing'
export {
  type AgentListing,
  CLOSE_REASONS,
  type CloseReason,
  type SessionClose,
  type SessionClosed,
  type SessionHello,
  type SessionResume,
  type SessionWelcome,
  sessionClosedSchema,
  sessionCloseSchema,
  sessionHelloSchema,
  sessionWelcomeSchema,
} from './messages/session'
export {
  type JobSubscribe,
  type JobSubscribed,
  type JobUnsubscribe,
  type JobUnsubscribed,
  jobSubscribedSchema,
  jobSubscribeSchema,
  jobUnsubscribedSchema,
  jobUnsubscribeSchema,
  type UnsubscribedReason,
} from './messages/subscription'

// Events

export type {
  JobArtifactRef,
  JobCancelled,
  JobCompleted,
  JobDelegate,
  JobEventBodies,
  JobFailed,
  JobLog,
  JobMetric,
  JobProgress,
  JobQueued,
  JobResultChunk,
  JobStarted,
  JobStatus,
  JobThought,
  JobToolCall,
  JobToolResult,
  LogLevel,
  ResultFormat,
  VendorBody,
} from './events/bodies'
export { LOG_LEVELS } from './events/bodies'
export {
  type EventHeader,
  isTerminalType,
  type JobEvent,
  type JobEventOf,
  type JobEventType,
  TERMINAL_TYPES,
  type TerminalEvent,
  type TerminalType,
  type VendorEvent,
} from './events/event'
export { eventBodySchemas, eventFields, vendorBodySchema } from './events/schemas'

// Errors

export { ArcpError, type ArcpErrorOptions, isArcpError } from './errors/arcp-error'
export {
  AgentNotAvailableError,
  AgentVersionNotAvailableError,
  BudgetExhaustedError,
  CancelledError,
  DuplicateKeyError,
  errorClasses,
  HeartbeatLostError,
  InternalError,
  InvalidRequestError,
  JobNotFoundError,
  LeaseExpiredError,
  LeaseSubsetViolationError,
  PermissionDeniedError,
  ResumeWindowExpiredError,
  TimeoutError,
  UnauthenticatedError,
} from './errors/classes'
export { ERROR_CODES, type ErrorCode, isErrorCode } from './errors/codes'
export { ConnectionError, type ConnectionErrorOptions } from './errors/connection-error'
export { errorFromWire } from './errors/error-from-wire'
export { type WireError, wireErrorSchema } from './errors/wire-error'

// Extensions

export {
  type ExtensionKey,
  type Extensions,
  getExtension,
  isExtensionKey,
  pickExtensions,
} from './extensions'

// Negotiation

export { agreeFeatures, FEATURES, type Feature } from './features'

// Leases

export { isLeaseNamespace, LEASE_NAMESPACES, type Lease, type LeaseConstraints } from './lease/lease'

// Traces

export {
  parseTraceParent,
  readTraceContext,
  TRACE_CONTEXT_KEY,
  type TraceContext,
  type TraceParent,
} from './trace-context'
export { isTraceId } from './trace-id'

// Schemas

export {
  describeIssues,
  type Issue,
  issuesOf,
  MAX_ISSUE_LENGTH,
  MAX_ISSUES,
  type Schema,
} from './schema'

// Ids

export { type IdSource, messageIds, randomIds } from './ids'

// Options

export { refuseOthers } from './options'

// Time and chance

export {
  type Clock,
  MAX_TIMER_MS,
  systemClock,
  systemTimers,
  type Timer,
  type TimerOptions,
  type Timers,
} from './clock'
export { Heartbeat, type HeartbeatParts } from './heartbeat'
export { type Random, systemRandom } from './random'
export { formatTimestamp, parseTimestamp } from './timestamp'
