import { ArcpError } from './arcp-error'
import { errorClasses } from './classes'
import { isErrorCode } from './codes'
import type { WireError } from './wire-error'

/** The error a wire form stands for: an instance of its code's class, or a plain {@link ArcpError} for other codes. */
export function errorFromWire(wire: WireError): ArcpError {
  const options = {
    retryable: wire.retryable ?? false,
    ...(wire.details ? { details: wire.details } : {}),
  }
  if (!isErrorCode(wire.code)) return new ArcpError(wire.code, wire.message, options)
  return new errorClasses[wire.code](wire.message, options)
}
