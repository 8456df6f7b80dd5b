import { type ArcpError, InternalError, isArcpError, type WireError } from '@arcp/protocol'
import type { Guard } from '../authority/guard'
import type { Emitter } from './emitter'
import { briefForm, writableForm } from './failure'
import type { Job } from './job'

/** What {@link runTool} needs. */
export interface ToolParts {
  readonly job: Job
  readonly emitter: Emitter
  readonly guard: Guard
}

/**
 * Calls what the agent has named a tool, if the lease covers it, between two events that tell of it.
 * `docs/protocol.md` §7.
 */
export async function runTool<Args, Result>(
  { job, emitter, guard }: ToolParts,
  call_id: string,
  tool: string,
  args: Args,
  call: (args: Args) => Result | Promise<Result>,
): Promise<Result> {
  const operation = { namespace: 'tool.call', target: String(tool) }
  // Nothing can be told followers any more; the guard says why not, and tells observers.
  if (job.endedAt !== undefined) guard.check(operation)
  await emitter.emit('job.tool_call', { call_id, tool, args: args ?? null })
  try {
    guard.check(operation)
    const result = await call(args)
    await emitter.emit('job.tool_result', { call_id, result: result ?? null })
    return result
  } catch (error) {
    const told = publicForm(error)
    const say = (form: WireError) => emitter.emit('job.tool_result', { call_id, error: form })
    await say(writableForm(told))
      .catch(() => say(briefForm(told)))
      .catch(() => {})
    throw error
  }
}

/** What everyone may read of a tool's failure; any other exception's text stays with the agent. */
function publicForm(error: unknown): ArcpError {
  return isArcpError(error) ? error : new InternalError('the tool failed', { retryable: false })
}
