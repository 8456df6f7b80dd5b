import { type ArcpError, ConnectionError, isArcpError } from '@arcp/protocol'
import type { TransportClose } from '@arcp/protocol/transport'

/** Why a connection cannot go on, and what comes next. */
export interface Break {
  readonly error: Error
  /** `end` ends the client, `replace` begins a new session, `resume` takes the old one up. */
  readonly next: 'end' | 'replace' | 'resume'
  /** Not to come back before this time has passed. */
  readonly afterMs?: number
}

/** The transport has ended by itself. */
export function lost({ code, reason }: TransportClose): Break {
  const why = reason === '' ? `code ${code}` : `code ${code}: ${reason}`
  return { error: new ConnectionError(`the connection to the runtime was lost (${why})`), next: 'resume' }
}

/** Nothing has come from the runtime for too long. */
export function silent(): Break {
  return { error: new ConnectionError('the runtime fell silent'), next: 'resume' }
}

/** Numbers of the session are missing, so frames are. */
export function gap(due: number, eventSeq: number): Break {
  const message = `the runtime left out frames: event_seq ${eventSeq} came where ${due} was due, so events are missing`
  return { error: new ConnectionError(message), next: 'resume' }
}

/**
 * What a `session.closed` means: a session another client took over, or that this one broke, is not sought again; any
 * other is, and where it is gone a new one takes its place. `docs/protocol.md` §2.
 */
export function closedBy(payload: Readonly<Record<string, unknown>>): Break {
  const { reason, resume, retry_after_ms: afterMs } = payload
  const error = new ConnectionError(`the runtime closed the session: ${reason}`)
  if (reason === 'taken_over' || reason === 'protocol_error' || reason === 'bye')
    return { error, next: 'end' }
  const next = resume === true ? 'resume' : 'replace'
  return typeof afterMs === 'number' && afterMs > 0 ? { error, next, afterMs } : { error, next }
}

/** What the failure of an attempt to come back means for the next one. */
export function failed(error: unknown, was: 'replace' | 'resume'): Break {
  const reason = error as Error
  if (!isArcpError(error)) return { error: reason, next: was }
  if (error.code === 'UNAUTHENTICATED' || error.code === 'PERMISSION_DENIED')
    return { error: reason, next: 'end' }
  if (error.retryable) return { error: reason, next: was, afterMs: restOf(error) }
  return was === 'resume' ? { error: reason, next: 'replace', afterMs: 0 } : { error: reason, next: 'end' }
}

/** How long the runtime asks to be left alone, in milliseconds. */
function restOf({ details }: ArcpError): number {
  const ms = details?.retry_after_ms
  return typeof ms === 'number' && ms > 0 ? ms : 0
}
