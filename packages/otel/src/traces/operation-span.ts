import type { ObservedOperation } from '@arcp/protocol/observe'
import {
  type Span as ApiSpan,
  type Attributes,
  type Context,
  SpanKind,
  type Tracer,
} from '@opentelemetry/api'
import { agentAttributes, agentName } from '../agent-attributes'
import { Attribute, Span } from '../names'
import { short, spanName } from '../short'

/** The methods that OpenTelemetry knows; any other is told as `_OTHER`. */
const METHODS = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
])

/** The span of an operation. */
export function startOperationSpan(
  tracer: Tracer,
  operation: ObservedOperation,
  jobId: string,
  context: Context,
  urls: boolean,
): ApiSpan {
  const start = (name: string, kind: SpanKind, attributes: Attributes) =>
    tracer.startSpan(name, { kind, attributes: { ...attributes, [Attribute.jobId]: jobId } }, context)
  switch (operation.kind) {
    case 'tool':
      return start(spanName(Span.tool.name, operation.name), SpanKind.INTERNAL, {
        [Attribute.operation]: 'execute_tool',
        [Attribute.tool]: short(operation.name),
        [Attribute.callId]: operation.callId,
      })
    case 'model':
      return start(spanName(Span.model.name, operation.name), SpanKind.INTERNAL, {
        [Attribute.model]: short(operation.name),
      })
    case 'delegate':
      return start(
        spanName(Span.delegate.name, agentName(operation.agent)),
        SpanKind.INTERNAL,
        agentAttributes(operation.agent),
      )
    case 'fetch': {
      const { method, url } = operation
      const known = METHODS.has(method)
      return start(known ? method : 'HTTP', SpanKind.CLIENT, {
        [Attribute.method]: known ? method : '_OTHER',
        ...placeOf(url),
        ...(urls && { [Attribute.url]: short(url) }),
      })
    }
  }
}

/** What is known of a request when its response has come. */
export function responseAttributes(response: unknown): Attributes {
  const { status } = response as { readonly status?: unknown }
  return typeof status === 'number' ? { [Attribute.status]: status } : {}
}

function placeOf(url: string): Attributes {
  if (!URL.canParse(url)) return {}
  const { hostname, port } = new URL(url)
  return { [Attribute.host]: short(hostname), ...(port !== '' && { [Attribute.port]: Number(port) }) }
}
