import type { JobEvent, JobResultChunk } from '@arcp/protocol'

/** A `job.progress` event. */
export function progress(seq: number): JobEvent {
  return { type: 'job.progress', seq, ts: '2026-01-01T00:00:00.000Z', current: seq }
}

/** A `job.completed` event. */
export function completed(seq: number, result: unknown = null): JobEvent {
  return { type: 'job.completed', seq, ts: '2026-01-01T00:00:00.000Z', result }
}

/** The chunks of a result in text, one for each part. */
export function textChunks(...parts: string[]): JobResultChunk[] {
  return parts.map((data, index) => ({
    result_id: 'res_1',
    chunk_seq: index,
    data,
    encoding: 'utf8',
    more: index < parts.length - 1,
  }))
}

/** The chunks of a result in bytes, one for each part. */
export function byteChunks(...parts: Uint8Array[]): JobResultChunk[] {
  const texts = parts.map((part) => btoa(String.fromCharCode(...part)))
  return textChunks(...texts).map((chunk) => ({ ...chunk, encoding: 'base64' }))
}
