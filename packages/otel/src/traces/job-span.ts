import type { ObservedJob } from '@arcp/protocol/observe'
import {
  type Span as ApiSpan,
  type Context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  SpanKind,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { agentAttributes, agentName } from '../agent-attributes'
import { Attribute, Span } from '../names'
import { short, spanName } from '../short'
import { contextOf, namelessSpan, remoteSpan } from './remote'

/** What {@link startJobSpan} and {@link startRootSpan} need. */
export interface JobSpanParts {
  readonly tracer: Tracer
  readonly baggage: boolean
  readonly principals: boolean
}

/** A span of a job, and the context that what the job does is in. */
export interface StartedSpan {
  readonly span: ApiSpan
  readonly context: Context
}

/** The span of a job whose trace begins with it; `undefined` where nobody records spans. */
export function startRootSpan(
  { tracer, principals }: JobSpanParts,
  job: Omit<ObservedJob, 'traceId'>,
): StartedSpan | undefined {
  const span = tracer.startSpan(nameOf(job), { ...optionsOf(job, principals), root: true }, ROOT_CONTEXT)
  if (!isSpanContextValid(span.spanContext())) return undefined
  return { span, context: trace.setSpan(ROOT_CONTEXT, span) }
}

/**
 * The span of a job in the trace it belongs to: below the span its submit came from, else below its parent's. What is in
 * another trace is linked to. A trace that nobody named a span of has one to stand for it.
 *
 * @param parent what the agent of the job's parent runs in, where that is a job of this process
 */
export function startJobSpan(
  { tracer, baggage, principals }: JobSpanParts,
  job: ObservedJob,
  parent: Context | undefined,
): StartedSpan {
  const carried = job.traceContext && remoteSpan(job.traceContext)
  const above = parent && trace.getSpanContext(parent)
  const isWithin = (context: { readonly traceId: string } | undefined) => context?.traceId === job.traceId
  const below =
    carried && isWithin(carried)
      ? contextOf(carried, job.traceContext, baggage)
      : parent && isWithin(above)
        ? parent
        : contextOf(namelessSpan(job.traceId), job.traceContext, baggage)
  const links: Link[] = [carried, above].flatMap((context) =>
    context && !isWithin(context) ? [{ context }] : [],
  )
  const span = tracer.startSpan(nameOf(job), { ...optionsOf(job, principals), links }, below)
  return { span, context: trace.setSpan(below, span) }
}

function nameOf({ agent }: Pick<ObservedJob, 'agent'>): string {
  return spanName(Span.job.name, agentName(agent))
}

function optionsOf(job: Omit<ObservedJob, 'traceId'>, principals: boolean): SpanOptions {
  return {
    kind: SpanKind.SERVER,
    attributes: {
      [Attribute.rpcSystem]: 'arcp',
      [Attribute.rpcMethod]: 'job.submit',
      ...agentAttributes(job.agent),
      [Attribute.jobId]: job.jobId,
      [Attribute.sessionId]: job.sessionId,
      ...(job.parentJobId !== undefined && { [Attribute.parentJob]: job.parentJobId }),
      ...(principals && { [Attribute.principal]: short(job.scope.principal) }),
    },
  }
}
