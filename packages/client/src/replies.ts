import {
  type Envelope,
  errorFromWire,
  type JobAccepted,
  type JobCancelAccepted,
  type JobResultChunk,
  type JobSubscribed,
  type JobUnsubscribed,
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

/** What answers each request. */
export interface Answers {
  'session.hello': SessionWelcome
  'session.list_jobs': SessionJobs
  'job.submit': JobAccepted
  'job.cancel': JobCancelAccepted
  'job.subscribe': JobSubscribed
  'job.unsubscribe': JobUnsubscribed
}

const wireError: Shape<WireError> = { code: text, message: text, details: optional(object) }
export const isWireError = shaped(wireError) as (value: unknown) => value is WireError
export const resultChunk: Shape<JobResultChunk> = {
  result_id: text,
  chunk_seq: Number.isSafeInteger,
  data: text,
  more: (value) => typeof value === 'boolean',
}
const job = { job_id: text, agent: text, lease: object, trace_id: text }

/** The type of the message that answers each request, and what that must look like. */
const answers: { readonly [Type in keyof Answers]: readonly [type: string, shape: Shape<Answers[Type]>] } = {
  'session.hello': [
    'session.welcome',
    {
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
  ],
  'session.list_jobs': [
    'session.jobs',
    { jobs: listOf(shaped({ ...job, status: text, created_at: text })), next_cursor: optional(text) },
  ],
  'job.submit': [
    'job.accepted',
    { ...job, accepted_at: text, resume_token: optional(text), first_seq: optional(isNumber) },
  ],
  'job.cancel': ['job.cancel_accepted', { status: text }],
  'job.subscribe': ['job.subscribed', job],
  'job.unsubscribe': ['job.unsubscribed', {}],
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
 * The payload of the answer to a request, or the error it holds instead.
 *
 * @param unusable makes the error for an answer that cannot be used
 */
export function readAnswer<Type extends keyof Answers>(
  request: Type,
  { type, payload }: Envelope,
  unusable: (why: string) => Error,
): Answers[Type] | Error {
  const refused = type === 'session.error'
  const [due, shape] = answers[request]
  const misfit = refused || type === due ? firstMisfit(payload, refused ? wireError : shape) : 'type'
  if (misfit) return unusable(`${type} has no usable ${misfit}`)
  return refused ? errorFromWire(payload as unknown as WireError) : (payload as unknown as Answers[Type])
}
