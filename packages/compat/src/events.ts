import { type Extensions, isExtensionKey, pickExtensions } from '@arcp/protocol'
import { isObject, textOf } from './json'

type Payload = Record<string, unknown>

/** An event as it is told: its type and its payload. */
export interface Told {
  readonly type: string
  readonly payload: Payload
}

/** What begins a job is a phase of its work to peers of the draft. */
const PHASES: ReadonlyMap<string, string> = new Map([
  ['job.queued', 'queued'],
  ['job.started', 'running'],
])

/** The event types that are no terminal and begin with the name of a job. */
const PREFIX = 'job.'

/** An event of a job's log as the draft's `job.event`: `kind`, `ts` and `body`, `x-*` beside them. */
export function draftEventOf(type: string, payload: Payload): Payload {
  const { seq: _, ts, ...rest } = payload
  const phase = PHASES.get(type)
  const body = phase !== undefined ? { phase } : isExtensionKey(type) ? rest.body : withoutExtensions(rest)
  const kind = phase !== undefined ? 'status' : isExtensionKey(type) ? type : type.slice(PREFIX.length)
  return { kind, ts, body, ...pickExtensions(rest) }
}

/** The same the other way, without the number, which whoever reads it gives. */
export function nativeEventOf({ kind, ts, body, ...rest }: Payload): Told {
  const type = textOf(kind) ?? ''
  const extensions: Extensions | undefined = pickExtensions(rest)
  if (isExtensionKey(type)) return { type, payload: { ts, body, ...extensions } }
  return { type: PREFIX + type, payload: { ...(isObject(body) ? body : {}), ts, ...extensions } }
}

/** A terminal event as the draft tells it; `undefined` for other types. */
export function draftTerminalOf(type: string, payload: Payload): Told | undefined {
  const { seq: _, ts, ...rest } = payload
  if (type === 'job.completed') {
    const { result_format: __, ...result } = rest
    const output = Object.hasOwn(rest, 'result') ? { output: rest.result } : {}
    return {
      type: 'job.result',
      payload: { final_status: 'success', ...result, ...output, completed_at: ts },
    }
  }
  if (type === 'job.failed') {
    const error = isObject(rest.error) ? rest.error : {}
    const final_status = error.code === 'TIMEOUT' ? 'timed_out' : 'error'
    return errorOf({ final_status, ...error, completed_at: ts }, rest)
  }
  if (type !== 'job.cancelled') return undefined
  const message = textOf(rest.reason) ?? 'the job was cancelled'
  const why = isObject(rest.details) ? { details: rest.details } : {}
  return errorOf({ final_status: 'cancelled', code: 'CANCELLED', message, ...why, completed_at: ts }, rest)
}

/** The same the other way; `undefined` for other types. */
export function nativeTerminalOf(type: string, payload: Payload): Told | undefined {
  const { final_status, completed_at: ts, ...rest } = payload
  if (type === 'job.result') {
    const { output, result = output, ...more } = rest
    return { type: 'job.completed', payload: { ts, ...more, ...(result === undefined ? {} : { result }) } }
  }
  if (type !== 'job.error') return undefined
  const extensions = pickExtensions(rest)
  const { code, message, retryable } = rest
  const details = isObject(rest.details) ? { details: rest.details } : {}
  if (code === 'CANCELLED' || final_status === 'cancelled') {
    const reason = message ? { reason: message } : {}
    return { type: 'job.cancelled', payload: { ts, ...reason, ...details, ...extensions } }
  }
  const error = { code, message, retryable: retryable ?? false, ...details }
  return { type: 'job.failed', payload: { ts, error, ...extensions } }
}

function errorOf(fields: Payload, rest: Payload): Told {
  return { type: 'job.error', payload: { retryable: false, ...fields, ...pickExtensions(rest) } }
}

function withoutExtensions(payload: Payload): Payload {
  return Object.fromEntries(Object.entries(payload).filter(([key]) => !isExtensionKey(key)))
}
