import { InternalError, type JobCompleted, type JobState, type WireError } from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Emitter } from './emitter'
import { briefForm, writableForm } from './failure'
import type { Ending } from './job'

/** What a job ended as. */
export interface Terminal {
  readonly state: JobState
  readonly errorCode?: string
}

/** What {@link appendTerminal} needs beside. */
export interface TerminalParts {
  /** What the runtime has to add. */
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly onTooLarge: Logger['error']
}

/**
 * Appends the terminal that an ending stands for. One that does not fit into a frame is told as briefly as it takes:
 * a job always gets its terminal. `docs/protocol.md` §3.
 */
export function appendTerminal(
  emitter: Emitter,
  ending: Ending,
  completion: JobCompleted | undefined,
  { details: added, onTooLarge }: TerminalParts,
): Terminal {
  const details = added && { details: added }
  const failed = (error: WireError): Terminal => {
    const told = added ? { ...error, details: { ...error.details, ...added } } : error
    emitter.finish('job.failed', { error: told })
    return { state: 'failed', errorCode: error.code }
  }
  const cancelled = (reason: string | undefined): Terminal => {
    emitter.finish('job.cancelled', { ...(reason === undefined ? {} : { reason }), ...details })
    return { state: 'cancelled' }
  }
  try {
    if (ending.cause === 'cancel') return cancelled(ending.reason)
    if (ending.cause === 'parent') return cancelled('parent_ended')
    if (ending.cause !== 'returned') return failed(writableForm(ending.error))
    emitter.finish('job.completed', { ...(completion ?? { result: null }), ...details })
    return { state: 'completed' }
  } catch (error) {
    onTooLarge('the end of a job could not be written as it is', { error })
    if (ending.cause === 'cancel' || ending.cause === 'parent') return cancelled(undefined)
    if (ending.cause !== 'returned') return failed(briefForm(ending.error))
    return failed(writableForm(new InternalError('the result could not be written', { retryable: false })))
  }
}
