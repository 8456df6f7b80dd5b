import { ArcpError } from './arcp-error'
import { errorClasses } from './classes'
import { isErrorCode } from './codes'
import type { WireError } from './wire-error'

/** The error a wire form stands for: an instance of its code's class, or a plain {@link ArcpError} for other codes. */
export function errorFromWire(wire: WireError): ArcpError {
  const { code, message, retryable = false, details } = wire
  const options = { retryable, details: details ?? undefined }
  return isErrorCode(code) ? new errorClasses[code](message, options) : new ArcpError(code, message, options)
}
