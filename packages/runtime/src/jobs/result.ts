import {
  type AgentContract,
  type ArcpError,
  describeIssues,
  InternalError,
  type JobCompleted,
  pickExtensions,
  utf8Length,
  validate,
} from '@arcp/protocol'
import type { ResultWriter } from './result-writer'

/** What {@link completionOf} needs. */
export interface CompletionParts {
  readonly contract: AgentContract
  /** The stream the agent may have written to. */
  readonly writer: ResultWriter
  readonly summary: string | undefined
  /** The largest result that stays inside the terminal, in bytes. */
  readonly inlineResultBytes: number
}

/**
 * The body of `job.completed` for what an agent returned, written out as chunks where it is too large for it.
 *
 * @throws INTERNAL_ERROR when it does not fit the contract, cannot be written as JSON, is too large, or comes beside a
 * stream
 */
export async function completionOf(returned: unknown, parts: CompletionParts): Promise<JobCompleted> {
  const { contract, writer, summary } = parts
  const extensions = isPlainObject(returned) ? pickExtensions(returned) : undefined
  const beside = summary === undefined ? { ...extensions } : { summary, ...extensions }
  const value = await conformed(contract, returned, writer)
  if (writer.state === 'aborted') throw broken('the result stream was given up')
  if (writer.format === undefined && writer.state === 'open') {
    const text = inlineText(contract, value)
    if (text !== undefined && utf8Length(text) <= parts.inlineResultBytes)
      return { result: value ?? null, ...beside }
    await writeWhole(contract, value, text, writer)
  } else if (value !== undefined) throw broken('the agent returned a value beside its result stream')
  if (writer.state === 'open') await writer.close()
  return {
    result_id: writer.resultId,
    result_size: writer.bytes,
    result_format: writer.format ?? 'text',
    ...beside,
  }
}

/** The returned value as the contract's output schema makes it. */
async function conformed(contract: AgentContract, returned: unknown, writer: ResultWriter): Promise<unknown> {
  const { output } = contract
  const streamed = writer.format !== undefined || writer.state !== 'open'
  if (output === undefined || streamed) return returned
  if (output === 'text' || output === 'bytes') {
    const fits = output === 'text' ? typeof returned === 'string' : returned instanceof Uint8Array
    if (fits || returned === undefined) return returned
    throw broken(`the contract promises ${output}`)
  }
  const result = await validate(output, returned, 'result')
  if (result.ok) return result.value
  throw broken(`the returned value does not fit the contract: ${describeIssues(result.issues)}`)
}

/** A value as JSON text; `undefined` where it is a stream by contract. */
function inlineText(contract: AgentContract, value: unknown): string | undefined {
  if (contract.output === 'text' || contract.output === 'bytes') return undefined
  try {
    return JSON.stringify(value) ?? 'null'
  } catch (error) {
    throw broken(`the returned value cannot be written as JSON: ${(error as Error).message}`)
  }
}

async function writeWhole(
  contract: AgentContract,
  value: unknown,
  text: string | undefined,
  writer: ResultWriter,
): Promise<void> {
  if (value instanceof Uint8Array && contract.output === 'bytes') await writer.writeBytes(value)
  else if (text !== undefined) await writer.writeText(text, 'json')
  else if (typeof value === 'string') await writer.writeText(value)
  await writer.close(contract.output === 'bytes' ? 'bytes' : 'text')
}

/** An agent that broke its word; the message goes to the logger, the wire tells what everyone may know. */
function broken(message: string): ArcpError {
  return new InternalError(message, { retryable: false, details: { reason: 'invalid_result' } })
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
