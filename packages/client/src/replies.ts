import {
  type Envelope,
  errorFromWire,
  type JobAccepted,
  type JobCancelAccepted,
  type JobResultChunk,
  type JobSubscribed,
  type JobUnsubscribed,
  type SessionError,
  type SessionJobs,
  type SessionWelcome,
  type WireError,
} from '@arcp/protocol'

/*
 * What a runtime's answers must hold for this client to use them. Checked by hand: a schema library would be a sixth
 * of what browsers load.
 */

/** Tells whether a value will do. */
type Test = (value: unknown) => boolean

/** The fields of a message that must be right; others are as they are. */
export type Shape<Message> = { readonly [Field in keyof Message]?: Test }

const text: Test = (value) => typeof value === 'string'
const object: Test = (value) => Object(value) === value && !Array.isArray(value)
/** A number that counts from 1. */
export const isNumber: Test = (value) => Number.isSafeInteger(value) && (value as number) > 0
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test)
const optional =
  (test: Test): Test =>
  (value) =>
    value === undefined || value === null || test(value)
const shaped =
  (shape: Shape<Record<string, unknown>>): Test =>
  (value) =>
    object(value) && firstMisfit(value as object, shape) === undefined

/** A message that answers a request, and what it must look like. */
export interface Reply<Message> {
  readonly type: string
  readonly shape: Shape<Message>
}

const wireError: Shape<WireError> = { code: text, message: text, details: optional(object) }
export const isWireError = shaped(wireError) as (value: unknown) => value is WireError
export const sessionError: Reply<SessionError> = { type: 'session.error', shape: wireError }
export const jobCancelAccepted: Reply<JobCancelAccepted> = {
  type: 'job.cancel_accepted',
  shape: { status: text },
}
const job = { job_id: text, agent: text, lease: object, trace_id: text }
export const jobAccepted: Reply<JobAccepted> = {
  type: 'job.accepted',
  shape: {
    ...job,
    accepted_at: text,
    resume_token: optional(text),
    first_seq: optional(isNumber),
  },
}
export const jobSubscribed: Reply<JobSubscribed> = {
  type: 'job.subscribed',
  shape: job,
}
export const jobUnsubscribed: Reply<JobUnsubscribed> = { type: 'job.unsubscribed', shape: {} }
export const sessionJobs: Reply<SessionJobs> = {
  type: 'session.jobs',
  shape: { jobs: listOf(shaped({ ...job, status: text, created_at: text })), next_cursor: optional(text) },
}
export const resultChunk: Shape<JobResultChunk> = {
  result_id: text,
  chunk_seq: Number.isSafeInteger,
  data: text,
  more: (value) => typeof value === 'boolean',
}
export const sessionWelcome: Reply<SessionWelcome> = {
  type: 'session.welcome',
  shape: {
    session_id: text,
    resume_token: text,
    runtime: shaped({ name: text, version: text }),
    // What a client says by itself has to fit, whatever comes.
    max_frame_bytes: (value) => (value as number) >= 1_000,
    ack_window: optional(shaped({ events: isNumber, bytes: isNumber })),
    capabilities: shaped({
      features: listOf(text),
      agents: listOf(shaped({ name: text, versions: listOf(text), default: optional(text) })),
    }),
  },
}

/** The name of a field that is missing or wrong; `undefined` when there is none. */
export function firstMisfit<Message extends object>(
  value: Message,
  shape: Shape<Message>,
): string | undefined {
  for (const field in shape) {
    if (!shape[field]?.(value[field])) return field
  }
  return undefined
}

/**
 * The payload of an expected reply, or the error it holds instead.
 *
 * @param unusable makes the error for a reply that cannot be used
 */
export function readReply<Message>(
  { type, payload }: Envelope,
  expected: Reply<Message>,
  unusable: (why: string) => Error,
): Message | Error {
  const refused = type === sessionError.type
  const reply = refused ? sessionError : expected
  const misfit = type === reply.type ? firstMisfit(payload, reply.shape) : 'type'
  if (misfit) return unusable(`${type} has no usable ${misfit}`)
  return refused ? errorFromWire(payload as unknown as SessionError) : (payload as Message)
}
