import type { RawFrame, ScriptedPeer } from '@arcp/testkit'
import { expect } from 'vitest'
import { submitted, terminalOf } from './harness'

/** A job's end, its chunks put together, each checked on the way: R-CHK-1, and frames within their limit. */
export interface Result {
  readonly ended: RawFrame
  readonly chunks: readonly RawFrame[]
  readonly bytes: Buffer
  readonly text: string
}

/**
 * Submits, and takes in everything the job says. Halves of surrogate pairs that stand alone have no UTF-8 form, so with
 * them bytes and sizes say nothing.
 */
export async function resultOf(
  peer: ScriptedPeer,
  submit: object,
  { loneSurrogates = false } = {},
): Promise<Result> {
  const { job_id } = await submitted(peer, submit)
  const ended = await terminalOf(peer, job_id)
  const chunks = peer.frames.filter((frame) => frame.job_id === job_id && frame.type === 'job.result_chunk')
  const [first] = chunks
  for (const [index, { payload }] of chunks.entries()) {
    expect(payload.chunk_seq).toBe(index)
    expect(payload.result_id).toBe(first?.payload.result_id)
    expect(payload.encoding).toBe(first?.payload.encoding)
    if (ended.type === 'job.completed') expect(payload.more).toBe(index < chunks.length - 1)
  }
  const pieces = chunks.map(({ payload }) => String(payload.data))
  const encoding = first?.payload.encoding === 'base64' ? 'base64' : 'utf8'
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece, encoding)))
  for (const piece of pieces) expect(Buffer.from(piece, encoding).byteLength).toBeLessThanOrEqual(512 * 1024)
  if (ended.type === 'job.completed' && first) {
    expect(ended.payload.result_id).toBe(first.payload.result_id)
    if (!loneSurrogates) expect(ended.payload.result_size).toBe(bytes.byteLength)
    expect(ended.payload).not.toHaveProperty('result')
  }
  return { ended, chunks, bytes, text: encoding === 'utf8' ? pieces.join('') : '' }
}
