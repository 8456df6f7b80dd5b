import { type Extensions, parseTraceParent, TRACE_CONTEXT_KEY, type TraceContext } from '@arcp/protocol'
import {
  type Context,
  createTraceState,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api'

/** The span that a trace context names. */
export function remoteSpan({ traceparent, tracestate }: TraceContext): SpanContext | undefined {
  const parent = parseTraceParent(traceparent)
  if (!parent) return undefined
  const { traceId, spanId, flags } = parent
  const state = tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }
  return { traceId, spanId, traceFlags: flags, isRemote: true, ...state }
}

/**
 * A span that stands for whoever named a trace and no span in it: the same for all that is done in that trace. It counts
 * as recorded, for whoever names a trace wants to find it.
 */
export function namelessSpan(traceId: string): SpanContext {
  const end = traceId.slice(16)
  const spanId = /^0+$/.test(end) ? traceId.slice(0, 16) : end
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true }
}

/** What a submit carries so that its job belongs to the trace of `context`. `docs/protocol.md` §11. */
export function carriedBy(
  context: Context,
  { traceId, spanId, traceFlags, traceState }: SpanContext,
  baggage: boolean,
): Extensions {
  const flags = traceFlags.toString(16).padStart(2, '0')
  const state = traceState?.serialize()
  return {
    [TRACE_CONTEXT_KEY]: {
      traceparent: `00-${traceId}-${spanId}-${flags}`,
      ...(state && { tracestate: state }),
      ...(baggage && baggageOf(context)),
    } satisfies TraceContext,
  }
}

/** The context that a remote span is in, with the baggage that came along, if that is wanted. */
export function contextOf(span: SpanContext, carried: TraceContext | undefined, baggage: boolean): Context {
  const context = trace.setSpanContext(ROOT_CONTEXT, span)
  if (!baggage || carried?.baggage === undefined) return context
  return propagation.extract(context, { baggage: carried.baggage })
}

function baggageOf(context: Context): { readonly baggage?: string } {
  const carrier: Record<string, string> = {}
  propagation.inject(context, carrier)
  return carrier.baggage ? { baggage: carrier.baggage } : {}
}
