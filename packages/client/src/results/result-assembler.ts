import type { JobCompleted, JobResultChunk, ResultFormat } from '@arcp/protocol'
import { limitReached, messageOf, misplaced, violation } from '../failures'
import { firstMisfit, resultChunk } from '../replies'
import { SizedBuffer } from '../sized-buffer'
import { decodeBase64 } from './base64'
import { joinParts, utf8 } from './result-parts'

/** The limits of what a {@link ResultAssembler} holds. */
export interface AssemblerLimits {
  readonly resultBytes: number
  /** Bytes of all that are held and not whole yet, and how many there may be. */
  readonly budget: { used: number; readonly limit: number }
}

/**
 * Checks one job's result chunks and holds their bytes, until they are whole or go one by one. Whatever it throws ends
 * this result only. `docs/protocol.md` §6.
 */
export class ResultAssembler {
  /** How many bytes have come. */
  bytes = 0
  /** What has come and has not been taken out. */
  readonly held = new SizedBuffer<Uint8Array>()
  readonly #limits: AssemblerLimits
  #resultId: string | undefined
  #encoding: string | undefined
  #nextChunk = 0
  #whole = false
  /** The data of the last chunk, to know a repeat of it. */
  #last = ''
  /** Whether what is held counts among the unfinished, and has their limits. */
  #unfinished = true

  constructor(limits: AssemblerLimits) {
    this.#limits = limits
  }

  /** Whether a chunk has come. */
  get begun(): boolean {
    return this.#nextChunk > 0
  }

  /**
   * Takes the next chunk; an exact repeat of the last one is passed over.
   *
   * @throws INTERNAL_ERROR when it does not continue what came before, or there would be too much to hold
   */
  add(chunk: JobResultChunk): void {
    const misfit = firstMisfit(chunk, resultChunk)
    if (misfit) throw broken(`one has no usable ${misfit}`)
    const { result_id, encoding, chunk_seq, data, more } = chunk
    const part = bytesOf(data, encoding)
    this.#resultId ??= result_id
    this.#encoding ??= encoding
    expectSame('result_id', result_id, this.#resultId)
    expectSame('encoding', encoding, this.#encoding)
    if (this.begun && chunk_seq === this.#nextChunk - 1) {
      if (data !== this.#last) throw broken(`chunk_seq ${chunk_seq} came twice`)
      return
    }
    expectSame('chunk_seq', chunk_seq, this.#whole ? 'none' : this.#nextChunk)
    this.#nextChunk++
    this.#whole = !more
    this.#last = data
    this.#hold(part)
  }

  /** Counts what is held among the unfinished no more. */
  finish(): void {
    if (this.#unfinished) this.#limits.budget.used -= this.held.bytes
    this.#unfinished = false
  }

  /**
   * Checks the whole against what the terminal says of it, and {@link finish}es it.
   *
   * @throws INTERNAL_ERROR when they differ
   */
  complete({ result_id, result_size }: JobCompleted): void {
    if (this.begun) expectSame('result_id', result_id, this.#resultId)
    if (this.begun && !this.#whole) throw broken('the last is missing')
    expectSame('result_size', result_size ?? this.bytes, this.bytes)
    this.finish()
  }

  /**
   * Puts the result together and lets its parts go. `format` defaults to what the encoding suggests.
   *
   * @throws INTERNAL_ERROR when the parts make no result of that format
   */
  assemble(format: ResultFormat = this.#encoding === 'base64' ? 'bytes' : 'text'): unknown {
    const parts: Uint8Array[] = []
    for (let part = this.held.shift(); part; part = this.held.shift()) parts.push(part)
    try {
      return joinParts(parts, format)
    } catch (error) {
      throw violation(`the result is no ${format}: ${messageOf(error)}`, 'invalid_result')
    }
  }

  /** Lets everything go. */
  release(): void {
    this.finish()
    this.held.clear()
  }

  #hold(part: Uint8Array): void {
    const { resultBytes, budget } = this.#limits
    const size = part.length
    this.bytes += size
    if (this.#unfinished) {
      if (this.bytes > resultBytes) throw limitReached(resultBytes, 'bytes in the result', 'result_too_large')
      if (budget.used + size > budget.limit) {
        throw limitReached(budget.limit, 'bytes in all unfinished results', 'results_too_large')
      }
      budget.used += size
    }
    if (size > 0) this.held.push(part, size)
  }
}

function bytesOf(data: string, encoding: string): Uint8Array {
  const bytes = encoding === 'utf8' ? utf8(data) : encoding === 'base64' ? decodeBase64(data) : undefined
  if (!bytes) throw broken(`data that is no ${encoding}`)
  return bytes
}

function expectSame(field: string, found: unknown, due: unknown): void {
  if (found !== due) throw broken(misplaced(field, found, due))
}

function broken(why: string) {
  return violation(`the chunks do not fit together: ${why}`, 'invalid_result')
}
