import {
  type AgentContract,
  type ArcpError,
  describeIssues,
  InternalError,
  type JobCompleted,
  pickExtensions,
  type ResultFormat,
  utf8Length,
  validate,
} from '@arcp/protocol'
import { jsonText } from './json-text'
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
  const extensions = isObject(returned) ? pickExtensions(returned) : undefined
  const beside = summary === undefined ? { ...extensions } : { summary, ...extensions }
  await writer.settled()
  const value = await conformed(contract, returned, writer)
  if (writer.state === 'aborted') throw writer.failure ?? broken('the result stream was given up')
  if (writer.format === undefined && writer.state === 'open') {
    const text = asJson(contract, value)
    if (text !== undefined && utf8Length(text) <= parts.inlineResultBytes) {
      // What an agent left behind still runs, and must not write beside it.
      writer.abort()
      return { result: value ?? null, ...beside }
    }
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
function asJson(contract: AgentContract, value: unknown): string | undefined {
  if (contract.output === 'text' || contract.output === 'bytes') return undefined
  try {
    return jsonText(value)
  } catch (cause) {
    throw broken('the returned value cannot be written as JSON', cause)
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
  await writer.close()
}

/** An agent that broke its word. */
function broken(message: string, cause?: unknown): ArcpError {
  return new InternalError(message, { retryable: false, details: { reason: 'invalid_result' }, cause })
}

/** Bytes have no keys worth looking at, and many. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** What a contract says its result is; `undefined` where it says nothing. */
export function promisedFormat({ output }: AgentContract): ResultFormat | undefined {
  return output === undefined || output === 'text' || output === 'bytes' ? output : 'json'
}
