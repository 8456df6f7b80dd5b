import type { Extensions } from './extensions'
import { MAX_NAME_LENGTH } from './fields'
import { isObject, MAX_JSON_DEPTH, nestsDeeperThan } from './json'
import type { Issue } from './schema'
import { isTraceId } from './trace-id'

/** The protocol version every envelope names. */
export const PROTOCOL_VERSION = '1.1'

/** One message on the wire: a JSON object per frame. `docs/protocol.md` §1. */
export interface Envelope<Type extends string = string, Payload extends object = Record<string, unknown>>
  extends Extensions {
  arcp: typeof PROTOCOL_VERSION
  /** Fresh for each frame, except a request sent again after a resume; 1 to {@link MAX_NAME_LENGTH} characters. */
  id: string
  type: Type
  session_id?: string
  job_id?: string
  /** 32 lower-case hex digits; an invalid one is dropped on receipt. */
  trace_id?: string
  /** The number of this frame within the session, from 1; on numbered messages only. */
  event_seq?: number
  payload: Payload
}

/** What decoding a frame yields: an envelope, or what is wrong, with the frame's `id` where one could be read. */
export type DecodedFrame =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly id?: string; readonly issues: readonly Issue[] }

/**
 * Reads a frame; `undefined` for one that is none. Never throws; checks the envelope's own fields by hand, for this is
 * the path of every event, and leaves the payload to whoever knows the type. An optional field that is `null` counts as
 * missing; a trace id that is none is dropped; unknown fields are kept and ignored. `docs/protocol.md` §1.
 */
export function readFrame(text: string): Envelope | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  if (!isTraceId(value.trace_id)) delete value.trace_id
  for (const field of OPTIONAL) if (value[field] === null) delete value[field]
  return isEnvelope(value) ? value : undefined
}

const OPTIONAL = ['session_id', 'job_id', 'event_seq'] as const

function isEnvelope(value: Record<string, unknown>): value is Envelope & Record<string, unknown> {
  const { session_id = '-', job_id = '-', event_seq = 1 } = value
  const names = isName(value.id) && isName(value.type) && isName(session_id) && isName(job_id)
  return value.arcp === PROTOCOL_VERSION && names && isObject(value.payload) && isSeq(event_seq)
}

/** Reads a frame as {@link readFrame} does, and says what is wrong with one that is none. */
export function decodeFrame(text: string): DecodedFrame {
  const envelope = readFrame(text)
  if (envelope) return { ok: true, envelope }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, issues: [{ path: '', message: 'the frame is not JSON' }] }
  }
  if (!isObject(value))
    return { ok: false, issues: [{ path: '', message: 'the frame is not a JSON object' }] }
  const { id } = value
  if (!isName(id)) return { ok: false, issues: [{ path: 'id', message: nameExpected() }] }
  return { ok: false, id, issues: envelopeIssues(value) }
}

/**
 * Reads a frame of a peer that may be hostile: as {@link decodeFrame}, and refuses nesting deeper than
 * {@link MAX_JSON_DEPTH}.
 */
export function decodeUntrustedFrame(text: string): DecodedFrame {
  const decoded = decodeFrame(text)
  if (!nestsDeeperThan(text, MAX_JSON_DEPTH)) return decoded
  const id = decoded.ok ? decoded.envelope.id : decoded.id
  const issues = [{ path: '', message: `the frame nests deeper than ${MAX_JSON_DEPTH} levels` }]
  return id === undefined ? { ok: false, issues } : { ok: false, id, issues }
}

function envelopeIssues({
  arcp,
  type,
  payload,
  session_id,
  job_id,
  event_seq,
}: Record<string, unknown>): Issue[] {
  const issues: Issue[] = []
  if (arcp !== PROTOCOL_VERSION) issues.push({ path: 'arcp', message: `expected "${PROTOCOL_VERSION}"` })
  if (!isName(type)) issues.push({ path: 'type', message: nameExpected() })
  if (!isObject(payload)) issues.push({ path: 'payload', message: 'expected an object' })
  if (!isName(session_id ?? '-')) issues.push({ path: 'session_id', message: nameExpected() })
  if (!isName(job_id ?? '-')) issues.push({ path: 'job_id', message: nameExpected() })
  if (!isSeq(event_seq ?? 1)) {
    issues.push({ path: 'event_seq', message: 'expected an integer of at least 1' })
  }
  return issues
}

/** A function, so that bundles that say it nowhere leave it out. */
const nameExpected = () => `expected a string of 1 to ${MAX_NAME_LENGTH} characters`

function isSeq(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME_LENGTH
}

/** What an envelope carries beside its type and payload. */
export interface EnvelopeHeader extends Extensions {
  readonly id: string
  readonly session_id?: string | undefined
  readonly job_id?: string | undefined
  readonly trace_id?: string | undefined
  /** Keys of the form `x-vendor.a.b`. `docs/protocol.md` §11. */
  readonly extensions?: Extensions | undefined
}

/**
 * The frame of one message that is not numbered. Fields that are `undefined` are omitted.
 *
 * @throws TypeError or RangeError where the payload holds something JSON cannot write
 */
export function encodeFrame(type: string, payload: object, header: EnvelopeHeader): string {
  return JSON.stringify({ arcp: PROTOCOL_VERSION, type, ...header, payload })
}
