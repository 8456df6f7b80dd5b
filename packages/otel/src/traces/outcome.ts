import { isArcpError } from '@arcp/protocol'
import { type Attributes, diag, type Span, SpanStatusCode } from '@opentelemetry/api'
import { Attribute } from '../names'
import { short } from '../short'

/** What an error is known by: its code in the protocol, or the name of its class. */
function errorType(error: unknown): string {
  if (isArcpError(error)) return error.code
  return error instanceof Error ? String(error.name) : typeof error
}

/** Ends a span that something went wrong in. What the error says is told only where `exceptions` are wanted. */
export function endFailed(span: Span, error: unknown, exceptions: boolean): void {
  if (!span.isRecording()) return
  if (exceptions && error instanceof Error) span.recordException(error)
  endWithError(span, errorType(error))
}

/** Ends a span with an error of this type. */
export function endWithError(span: Span, type: string): void {
  span.setAttribute(Attribute.errorType, short(type))
  span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** Ends a span when what runs in it settles; what it settles with is nobody's but the caller's. */
export function endWith<T>(
  span: Span,
  outcome: T,
  exceptions: boolean,
  attributes: (value: unknown) => Attributes = () => ({}),
): void {
  if (!(outcome instanceof Promise)) {
    span.end()
    return
  }
  const ended = outcome.then(
    (value: unknown) => {
      if (span.isRecording()) span.setAttributes(attributes(value)).end()
    },
    (error: unknown) => endFailed(span, error, exceptions),
  )
  // Nobody waits for that, and nobody may be the worse for it.
  ended.catch((error: unknown) => diag.error('a span could not be ended', error))
}
