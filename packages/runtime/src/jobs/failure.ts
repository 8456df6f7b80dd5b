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
  const { code, message, retryable, details } = error
  const form = { code: isErrorCode(code) ? code : 'INTERNAL_ERROR', message, retryable }
  return isWritable(details) ? { ...form, details } : form
}

/** The same for an error that does not fit into a frame: the beginning of its message, and no details. */
export function briefForm(error: ArcpError): WireError {
  const { details: _, ...form } = writableForm(error)
  return { ...form, message: form.message.slice(0, BRIEF_LENGTH) }
}

const BRIEF_LENGTH = 256

/** Whether JSON writes it as an object. */
function isWritable(details: unknown): details is Record<string, unknown> {
  try {
    return JSON.stringify(details)?.startsWith('{') ?? false
  } catch {
    return false
  }
}
