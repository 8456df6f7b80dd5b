import type { JobCompleted, JobResultChunk } from '@arcp/protocol'

/** The result that a job completed with, put together from its chunks where it came in parts. `docs/protocol.md` §6. */
export function wholeResult(completed: JobCompleted, chunks: readonly Buffer[]): unknown {
  const { result_id, result_format, result } = completed
  if (result_id === undefined) return result
  const whole = Buffer.concat(chunks)
  if (result_format === 'bytes') return new Uint8Array(whole)
  const text = whole.toString('utf8')
  return result_format === 'json' ? JSON.parse(text) : text
}

/** What a chunk holds. */
export function bytesOfChunk({ data, encoding }: JobResultChunk): Buffer {
  return Buffer.from(data, encoding)
}
