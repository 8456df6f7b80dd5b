import {
  type ArcpError,
  type Envelope,
  formatTimestamp,
  InternalError,
  isArcpError,
  isExtensionKey,
  issuesOf,
  jobCancelSchema,
  jobSubmitSchema,
  jobSubscribeSchema,
  jobUnsubscribeSchema,
  type SessionAck,
  type SessionPing,
  sessionAckSchema,
  sessionCloseSchema,
  sessionListJobsSchema,
  sessionPingSchema,
  sessionPongSchema,
} from '@arcp/protocol'
import { CloseCode } from '@arcp/protocol/transport'
import { invalidRequest } from '../invalid-request'
import { handleCancel } from './handle-cancel'
import { handleListJobs } from './handle-list-jobs'
import { handleSubmit, refuseInTurn } from './handle-submit'
import { handleSubscribe, handleUnsubscribe } from './handle-subscription'
import { type Handler, handler, type Request, type RequestParts } from './request'
import type { Session } from './session'

/** What a session may ask, and who answers. */
const handlers: ReadonlyMap<string, Handler> = new Map([
  [
    'job.submit',
    handler(jobSubmitSchema, (request) => handleSubmit(request, (error) => refuse(request, error))),
  ],
  ['job.cancel', handler(jobCancelSchema, handleCancel)],
  ['job.subscribe', handler(jobSubscribeSchema, handleSubscribe)],
  ['job.unsubscribe', handler(jobUnsubscribeSchema, handleUnsubscribe)],
  [
    'session.list_jobs',
    handler(sessionListJobsSchema, (request) => handleListJobs(request, (error) => refuse(request, error))),
  ],
  ['session.ping', handler(sessionPingSchema, handlePing)],
  ['session.pong', handler(sessionPongSchema, () => {})],
  ['session.ack', handler(sessionAckSchema, handleAck)],
  ['session.close', handler(sessionCloseSchema, handleClose)],
])

/** Answers one frame of a session that stands; whatever is wrong with it harms nothing else. `docs/protocol.md` §1. */
export function handleRequest(session: Session, envelope: Envelope, size: number, parts: RequestParts): void {
  const { id, type, payload } = envelope
  const request = { session, envelope, size, payload: payload as never, parts }
  try {
    const found = handlers.get(type)
    if (!found) {
      if (isExtensionKey(type)) return
      const message =
        type === 'session.hello'
          ? 'the session stands already'
          : `this runtime does not know ${JSON.stringify(type)}`
      throw invalidRequest([{ path: 'type', message }])
    }
    if (envelope.session_id !== undefined && envelope.session_id !== session.id) {
      throw invalidRequest([{ path: 'session_id', message: 'not the session of this connection' }])
    }
    const issues = issuesOf(found.schema, payload, 'payload')
    if (issues) throw invalidRequest(issues)
    found.handle(request)
  } catch (error) {
    // Of limits it hears at once, for those are there to have less wait.
    const isMalformed = type === 'job.submit' && isArcpError(error, 'INVALID_REQUEST')
    const asked = { session, envelope: { id, type }, parts }
    if (isMalformed) refuseInTurn(asked, () => refuse(asked, error))
    else refuse(asked, error)
  }
}

function handlePing({ session, payload, parts }: Request<SessionPing>): void {
  const received_at = formatTimestamp(parts.now())
  session.send('session.pong', { ping_nonce: payload.nonce, received_at })
}

/** What a client has taken in is told to the logs; a number it was never sent is a mistake. `docs/protocol.md` §5. */
function handleAck({ session, payload }: Request<SessionAck>): void {
  const { last_processed_seq: taken } = payload
  const sent = session.attachment?.pump.lastEventSeq ?? 0
  if (taken > sent) {
    throw invalidRequest([{ path: 'payload.last_processed_seq', message: `the last number sent is ${sent}` }])
  }
  session.acknowledge(taken)
}

function handleClose({ session }: Request<unknown>): void {
  session.attachment?.end('bye', CloseCode.normal)
}

/** What is known of a request that is refused; its payload may be large, and need not wait for that. */
interface Refused extends Pick<Request<unknown>, 'session' | 'parts'> {
  readonly envelope: Pick<Envelope, 'id' | 'type'>
}

function refuse({ session, envelope, parts }: Refused, error: unknown): void {
  const { id, type } = envelope
  const told = isArcpError(error) ? error : unexpected(error, type, parts)
  parts.observers.observe({
    type: 'request.failed',
    sessionId: session.id,
    requestType: type,
    code: told.code,
  })
  session.fail(id, told)
}

function unexpected(error: unknown, type: string, { logger }: RequestParts): ArcpError {
  logger.error('a request failed unexpectedly', { type, error })
  return new InternalError('the request failed unexpectedly')
}
