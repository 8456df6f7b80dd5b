import {
  type ArcpError,
  describeIssues,
  type Envelope,
  formatTimestamp,
  InternalError,
  InvalidRequestError,
  isArcpError,
  isExtensionKey,
  issuesOf,
  type JobAccepted,
  type JobCancel,
  JobNotFoundError,
  type JobSubmit,
  jobCancelSchema,
  jobSubmitSchema,
  PermissionDeniedError,
  type Schema,
  type SessionPing,
  sessionCloseSchema,
  sessionPingSchema,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import { CloseCode } from '@arcp/protocol/transport'
import { sameScope } from '../jobs/admission'
import type { JobHost } from '../jobs/host'
import type { Job } from '../jobs/job'
import type { Observers } from '../observers'
import type { Session } from './session'

/** What requests are answered with. */
export interface RequestParts {
  readonly host: JobHost
  readonly logger: Logger
  readonly observers: Observers
  readonly now: () => number
  readonly logEpoch: string
  readonly jobToken: (job: Job) => string
  readonly pendingSubmits: number
}

interface Request<Payload> {
  readonly session: Session
  readonly envelope: Envelope
  readonly payload: Payload
  readonly parts: RequestParts
}

interface Handler {
  readonly schema: Schema<unknown>
  handle(request: Request<never>): void
}

function handler<Payload>(schema: Schema<Payload>, handle: (request: Request<Payload>) => void): Handler {
  return { schema, handle: handle as Handler['handle'] }
}

/** What a session may ask, and who answers. */
const handlers: ReadonlyMap<string, Handler> = new Map([
  ['job.submit', handler(jobSubmitSchema, submit)],
  ['job.cancel', handler(jobCancelSchema, cancel)],
  ['session.ping', handler(sessionPingSchema, ping)],
  ['session.close', handler(sessionCloseSchema, close)],
])

/** Answers one frame of a session that stands; whatever is wrong with it harms nothing else. `docs/protocol.md` §1. */
export function handleRequest(session: Session, envelope: Envelope, parts: RequestParts): void {
  const { type, id, payload } = envelope
  try {
    const found = handlers.get(type)
    if (!found) {
      if (isExtensionKey(type)) return
      throw new InvalidRequestError(`type: this runtime does not know ${JSON.stringify(type)}`, {
        details: { issues: [{ path: 'type', message: 'unknown' }] },
      })
    }
    if (envelope.session_id !== undefined && envelope.session_id !== session.id) {
      throw invalid([{ path: 'session_id', message: 'not the session of this connection' }])
    }
    const issues = issuesOf(found.schema, payload, 'payload')
    if (issues) throw invalid(issues)
    found.handle({ session, envelope, payload: payload as never, parts })
  } catch (error) {
    refuse(session, { type, id }, error, parts)
  }
}

function submit({ session, envelope, payload, parts }: Request<JobSubmit>): void {
  const { host, pendingSubmits: limit } = parts
  if (session.pendingSubmits >= limit) {
    throw new InternalError('too many submits wait for their answer', {
      details: { reason: 'pending_submits', limit, retry_after_ms: 1_000 },
    })
  }
  session.pendingSubmits++
  const admission = host.submit({
    submit: payload,
    submitId: envelope.id,
    traceId: envelope.trace_id,
    sessionId: session.id,
    scope: session.scope,
  })
  session.answered = answerInTurn(session.answered, admission, {
    accept: (job) => accept(session, envelope.id, job, parts),
    reject: (error) => refuse(session, envelope, error, parts),
  }).finally(() => {
    session.pendingSubmits--
  })
}

/** Answers come in the order of the requests, however long each admission takes. */
async function answerInTurn<T>(
  earlier: Promise<void>,
  admission: Promise<T>,
  { accept, reject }: { accept: (value: T) => void; reject: (error: unknown) => void },
): Promise<void> {
  const [, outcome] = await Promise.allSettled([earlier, admission])
  if (outcome.status === 'fulfilled') accept(outcome.value)
  else reject(outcome.reason)
}

function accept(session: Session, requestId: string, job: Job, parts: RequestParts): void {
  const { id, agent, lease, traceId, createdAt, parentJobId } = job.facts
  const answer: JobAccepted = {
    request_id: requestId,
    job_id: id,
    agent,
    lease,
    accepted_at: formatTimestamp(createdAt),
    trace_id: traceId,
    resume_token: parts.jobToken(job),
    first_seq: job.log.firstSeq,
    log_epoch: parts.logEpoch,
    ...(parentJobId === undefined ? {} : { parent_job_id: parentJobId }),
  }
  session.connection.send('job.accepted', answer, { job_id: id, trace_id: traceId })
  session.follow(job, 0)
}

function cancel({ session, envelope, payload, parts }: Request<JobCancel>): void {
  if (envelope.job_id !== undefined && envelope.job_id !== payload.job_id) {
    throw invalid([{ path: 'payload.job_id', message: 'not the job_id of the envelope' }])
  }
  const job = parts.host.jobs.get(payload.job_id)
  if (!job || !sameScope(job.facts.scope, session.scope)) {
    throw new JobNotFoundError(`no job ${payload.job_id}`, { details: { job_id: payload.job_id } })
  }
  if (job.owner !== session.id) {
    throw new PermissionDeniedError('only the session that owns the job may cancel it', {
      details: { job_id: payload.job_id },
    })
  }
  const { id, traceId } = job.facts
  const answer = { request_id: envelope.id, job_id: id, status: job.state }
  session.connection.send('job.cancel_accepted', answer, { job_id: id, trace_id: traceId })
  job.end({ cause: 'cancel', reason: payload.reason })
}

function ping({ session, payload, parts }: Request<SessionPing>): void {
  const received_at = formatTimestamp(parts.now())
  session.connection.send('session.pong', { ping_nonce: payload.nonce, received_at })
}

function close({ session }: Request<unknown>): void {
  session.connection.end('bye', CloseCode.normal)
}

function refuse(
  session: Session,
  { id, type }: { id: string; type: string },
  error: unknown,
  { logger, observers }: RequestParts,
): void {
  const told = isArcpError(error) ? error : unexpected(error, type, logger)
  observers.observe({ type: 'request.failed', sessionId: session.id, requestType: type, code: told.code })
  session.connection.fail(id, told)
}

function unexpected(error: unknown, type: string, logger: Logger): ArcpError {
  logger.error('a request failed unexpectedly', { type, error })
  return new InternalError('the request failed unexpectedly')
}

function invalid(issues: readonly { path: string; message: string }[]): ArcpError {
  return new InvalidRequestError(describeIssues(issues), { details: { issues } })
}
