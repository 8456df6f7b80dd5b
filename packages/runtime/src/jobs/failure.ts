import { type ArcpError, InternalError, isArcpError, isErrorCode, type WireError } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'

/**
 * What an agent threw, as everyone may read it: an `ArcpError` as it is, anything else as a generic `INTERNAL_ERROR`
 * whose text and stack go to the logger alone. `docs/protocol.md` §9.
 */
export function failureOf(thrown: unknown, jobId: string, logger: Logger): ArcpError {
  logger.warn('an agent failed', { jobId, error: thrown })
  if (isArcpError(thrown)) return thrown
  return new InternalError('the agent failed unexpectedly', { cause: thrown })
}

/** An error as a payload; a code outside the protocol's becomes `INTERNAL_ERROR`, details JSON cannot write are left out. */
export function writableForm(error: ArcpError): WireError {
  const wire = error.toWire()
  if (!isErrorCode(wire.code)) wire.code = 'INTERNAL_ERROR'
  try {
    JSON.stringify(wire.details)
  } catch {
    delete wire.details
  }
  return wire
}
