import type { Envelope, Schema } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Access } from '../authority/access'
import { invalidRequest } from '../invalid-request'
import type { JobHost } from '../jobs/host'
import type { Job } from '../jobs/job'
import type { Observers } from '../observers'
import type { Turns } from '../scheduling/turns'
import type { Tally } from '../tally'
import type { Session } from './session'

/** What requests are answered with. */
export interface RequestParts {
  readonly host: JobHost
  readonly access: Access
  readonly logger: Logger
  readonly observers: Observers
  readonly now: () => number
  readonly logEpoch: string
  /** The store's, which cursors are made with. */
  readonly secret: Uint8Array
  readonly maxFrameBytes: number
  readonly jobToken: (job: Job) => string
  /** Submits of one session that may wait for their answer. */
  readonly pendingSubmits: number
  /** Pages of listings, which take long to be written. */
  readonly listings: Turns<object>
  /** All that wait, of all sessions. */
  readonly pendingOfAll: Tally
  /** What they hold. */
  readonly pendingSizes: Tally
}

/** One request of a session, its payload checked. */
export interface Request<Payload> {
  readonly session: Session
  readonly envelope: Envelope
  /** The length of its frame, in UTF-16 code units. */
  readonly size: number
  readonly payload: Payload
  readonly parts: RequestParts
}

/** Answers one type of request; what it throws is the answer, if it is an `ArcpError`. */
export interface Handler {
  readonly schema: Schema<unknown>
  handle(request: Request<never>): void
}

/** A handler whose payload is what its schema says. */
export function handler<Payload>(
  schema: Schema<Payload>,
  handle: (request: Request<Payload>) => void,
): Handler {
  return { schema, handle: handle as Handler['handle'] }
}

/** @throws INVALID_REQUEST when a job request names one job in its envelope and another in its payload */
export function checkJobId({ envelope, payload }: Request<{ job_id: string }>): void {
  if (envelope.job_id === undefined || envelope.job_id === payload.job_id) return
  throw invalidRequest([{ path: 'payload.job_id', message: 'not the job_id of the envelope' }])
}
