import { ArcpError } from './arcp-error'
import { importedClass } from './classes'
import type { WireError } from './wire-error'

/**
 * The error a wire form stands for: an instance of its code's class, or a plain {@link ArcpError} for other codes, and
 * where a bundler left that class out because nothing asks for it.
 */
export function errorFromWire(wire: WireError): ArcpError {
  const { code, message, retryable = false } = wire
  const options = { retryable, details: wire.details ?? undefined }
  const Class = importedClass(code)
  return Class ? new Class(message, options) : new ArcpError(code, message, options)
}
