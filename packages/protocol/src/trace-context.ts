import { isObject } from './json'

/** The place of a span in its trace, in the form of W3C Trace Context, as it travels. `docs/protocol.md` §11. */
export interface TraceContext {
  /** `00-` trace id `-` span id `-` flags, all in lower-case hex. */
  readonly traceparent: string
  readonly tracestate?: string
  /** What the application passes along, in the form of W3C Baggage; only where it is asked for. */
  readonly baggage?: string
}

/** The key of the envelope's `extensions` that a {@link TraceContext} travels under. `docs/protocol.md` §11. */
export const TRACE_CONTEXT_KEY = 'x-vendor.opentelemetry.tracecontext'

/** What a version of later days adds comes after the fields of version 00, which itself has no more. */
const form =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|(?<!^00.{53})-)/

/** The longest `tracestate` and `baggage` that are read, in characters; longer ones count as missing. */
const MAX_TRACESTATE_LENGTH = 512
const MAX_BAGGAGE_LENGTH = 8_192

/** What a `traceparent` says. */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  /** The last bit is set where the sender records its spans. */
  readonly flags: number
}

/** Reads a `traceparent`; `undefined` for what is none. */
export function parseTraceParent(value: unknown): TraceParent | undefined {
  const [, traceId, spanId, flags] = (typeof value === 'string' && form.exec(value)) || []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  return { traceId, spanId, flags: Number.parseInt(flags, 16) }
}

/**
 * The trace context a request carries: under {@link TRACE_CONTEXT_KEY} in the envelope's `extensions`, in those of its
 * payload, or beside the envelope's own fields, looked for in this order. What is not of its form counts as missing,
 * and fails nothing. `docs/protocol.md` §11.
 */
export function readTraceContext(envelope: object): TraceContext | undefined {
  const { extensions, payload } = envelope as Record<string, unknown>
  const inPayload = isObject(payload) ? payload.extensions : undefined
  for (const place of [extensions, inPayload, envelope]) {
    const found = isObject(place) && Object.hasOwn(place, TRACE_CONTEXT_KEY) && place[TRACE_CONTEXT_KEY]
    if (!isObject(found) || !parseTraceParent(found.traceparent)) continue
    return {
      traceparent: found.traceparent as string,
      ...textOf('tracestate', found, MAX_TRACESTATE_LENGTH),
      ...textOf('baggage', found, MAX_BAGGAGE_LENGTH),
    }
  }
  return undefined
}

function textOf(key: 'tracestate' | 'baggage', { [key]: text }: Record<string, unknown>, most: number) {
  return typeof text === 'string' && text !== '' && text.length <= most ? { [key]: text } : {}
}
