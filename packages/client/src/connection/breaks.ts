import { ConnectionError, isArcpError } from '@arcp/protocol'
import type { TransportClose } from '@arcp/protocol/transport'

/** Why a connection cannot go on, and what comes next. */
export interface Break {
  readonly error: Error
  /** `end` ends the client, `replace` begins a new session, `resume` takes the old one up. */
  readonly next: 'end' | 'replace' | 'resume'
  /** Not to come back before this time has passed, in milliseconds. */
  readonly afterMs?: number
}

/** What leaves the session in the runtime, to be taken up again: a lost transport, silence, missing frames. */
export function interruption(message: string): Break {
  return { error: new ConnectionError(message), next: 'resume' }
}

/** The transport has ended by itself. */
export function lost({ code, reason }: TransportClose): Break {
  return interruption(`the connection was lost (code ${code}${reason && `: ${reason}`})`)
}

/**
 * What a `session.closed` means: a session another client took over, or that this one broke, is not sought again; any
 * other is, and where it is gone a new one takes its place. `docs/protocol.md` §2.
 */
export function closedBy(closed: Readonly<Record<string, unknown>>): Break {
  const { reason } = closed
  const final = ['taken_over', 'protocol_error', 'bye'].includes(reason as string)
  return {
    error: new ConnectionError(`the runtime closed the session: ${reason}`),
    next: final ? 'end' : closed.resume === true ? 'resume' : 'replace',
    afterMs: Number(closed.retry_after_ms) || 0,
  }
}

/** The codes a runtime refuses a resume with that it cannot serve: only a new session helps. */
const GONE = ['RESUME_WINDOW_EXPIRED', 'INVALID_REQUEST']

/**
 * What the failure of an attempt to come back means for the next one. What is said to be of no use to repeat is not
 * repeated, be it the runtime or the `token` function that says so; a session is given up only where it is gone.
 */
export function failed(failure: unknown, was: 'replace' | 'resume'): Break {
  const error = failure instanceof Error ? failure : new ConnectionError(String(failure))
  if (!isArcpError(failure)) return { error, next: was }
  const instead = was === 'resume' && GONE.includes(failure.code) ? 'replace' : 'end'
  return {
    error,
    next: failure.retryable ? was : instead,
    afterMs: Number(failure.details?.retry_after_ms) || 0,
  }
}
