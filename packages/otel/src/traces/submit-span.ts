import type { ObservedSubmit, SubmitObserver } from '@arcp/protocol/observe'
import { context, isSpanContextValid, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import { agentAttributes, agentName } from '../agent-attributes'
import { Attribute, Span } from '../names'
import { spanName } from '../short'
import { endFailed } from './outcome'
import { carriedBy, namelessSpan } from './remote'

/** What {@link observeSubmit} needs. */
export interface SubmitSpanParts {
  readonly tracer: Tracer
  readonly baggage: boolean
  readonly exceptions: boolean
}

/** Opens the span of a submit, in the trace the application has chosen for it if it has, and sends it along. */
export function observeSubmit(
  { tracer, baggage, exceptions }: SubmitSpanParts,
  { agent, traceId }: ObservedSubmit,
): SubmitObserver | undefined {
  const active = context.active()
  const isElsewhere = traceId !== undefined && trace.getSpanContext(active)?.traceId !== traceId
  const above = isElsewhere ? trace.setSpanContext(active, namelessSpan(traceId)) : active
  const span = tracer.startSpan(
    spanName(Span.submit.name, agent === undefined ? '(resumed)' : agentName(agent)),
    {
      kind: SpanKind.CLIENT,
      attributes: {
        [Attribute.rpcSystem]: 'arcp',
        [Attribute.rpcMethod]: 'job.submit',
        ...(agent !== undefined && agentAttributes(agent)),
      },
    },
    above,
  )
  const spanContext = span.spanContext()
  if (!isSpanContextValid(spanContext)) return undefined
  return {
    traceId: spanContext.traceId,
    extensions: carriedBy(above, spanContext, baggage),
    ended(error, jobId) {
      if (!span.isRecording()) return
      if (jobId !== undefined) span.setAttribute(Attribute.jobId, jobId)
      if (error === undefined) span.end()
      else endFailed(span, error, exceptions)
    },
  }
}
