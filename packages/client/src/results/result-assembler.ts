import { type JobCompleted, type JobResultChunk, type ResultFormat, utf8Length } from '@arcp/protocol'
import { limitReached, violation } from '../failures'
import { decodeBase64 } from './base64'
import type { ByteBudget } from './byte-budget'
import { joinParts, type ResultPart, samePart } from './result-parts'

/** The limits of what a {@link ResultAssembler} holds. */
export interface AssemblerLimits {
  readonly resultBytes: number
  /** Shared by all that are not whole yet. */
  readonly budget: ByteBudget
}

/**
 * Checks one job's result chunks and holds them until they are whole, or hands them on as they come. Whatever it
 * throws ends this result only. `docs/protocol.md` §6.
 */
export class ResultAssembler {
  readonly #limits: AssemblerLimits
  #resultId: string | undefined
  #encoding: string | undefined
  #nextChunk = 0
  #lastPart: ResultPart | undefined
  #whole = false
  #bytes = 0
  #parts: ResultPart[] = []
  #budgeted = 0
  #sink: ((part: ResultPart) => void) | undefined

  constructor(limits: AssemblerLimits) {
    this.#limits = limits
  }

  /** Whether a chunk has come. */
  get begun(): boolean {
    return this.#nextChunk > 0
  }

  /**
   * Takes the next chunk; one that is an exact repeat is passed over.
   *
   * @throws INTERNAL_ERROR when it does not continue what came before, or there would be too much to hold
   */
  add(chunk: JobResultChunk): void {
    const part = decodePart(chunk)
    this.#resultId ??= chunk.result_id
    this.#encoding ??= chunk.encoding
    if (chunk.result_id !== this.#resultId) throw broken(`it belongs to the result ${chunk.result_id}`)
    if (chunk.encoding !== this.#encoding) throw broken(`its encoding changed to ${chunk.encoding}`)
    if (chunk.chunk_seq < this.#nextChunk) this.#checkRepeat(chunk.chunk_seq, part)
    else this.#addNext(chunk, part)
  }

  /** Hands what is held to `sink`, and everything from now on. */
  handOn(sink: (part: ResultPart) => void): void {
    const parts = this.#parts
    this.release()
    this.#sink = sink
    for (const part of parts) sink(part)
  }

  /**
   * Checks the whole against what the terminal says of it, and counts it among the unfinished no more.
   *
   * @throws INTERNAL_ERROR when they differ
   */
  complete({ result_id, result_size }: JobCompleted): void {
    if (this.begun && result_id !== this.#resultId) throw broken(`the job completed with ${result_id}`)
    if (this.begun && !this.#whole) throw broken('the job completed before the last one')
    if (result_size !== undefined && result_size !== this.#bytes) {
      throw broken(`they hold ${this.#bytes} bytes, the job completed with ${result_size}`)
    }
    this.#giveBack()
  }

  /**
   * Puts the result together and lets its parts go. `format` defaults to what the encoding suggests.
   *
   * @throws INTERNAL_ERROR when the parts make no result of that format
   */
  assemble(format: ResultFormat = this.#encoding === 'base64' ? 'bytes' : 'text'): unknown {
    const parts = this.#parts
    this.release()
    try {
      return joinParts(parts, format)
    } catch (error) {
      throw violation(`the result is no ${format}: ${(error as Error).message}`, 'invalid_result')
    }
  }

  /** Lets everything go. */
  release(): void {
    this.#parts = []
    this.#giveBack()
  }

  #addNext({ chunk_seq, more }: JobResultChunk, part: ResultPart): void {
    if (this.#whole) throw broken('it came after the last one')
    if (chunk_seq !== this.#nextChunk) {
      throw broken(`it is number ${chunk_seq} where ${this.#nextChunk} was due`)
    }
    this.#nextChunk++
    this.#whole = !more
    this.#lastPart = part
    const size = typeof part === 'string' ? utf8Length(part) : part.length
    this.#bytes += size
    if (this.#sink) this.#sink(part)
    else this.#hold(part, size)
  }

  #hold(part: ResultPart, size: number): void {
    const { resultBytes, budget } = this.#limits
    if (this.#bytes > resultBytes) {
      throw limitReached(`the result is larger than ${resultBytes} bytes`, 'result_too_large', resultBytes)
    }
    if (!budget.take(size)) {
      throw limitReached(
        `the unfinished results of all jobs are larger than ${budget.limit} bytes`,
        'results_too_large',
        budget.limit,
      )
    }
    this.#budgeted += size
    this.#parts.push(part)
  }

  #checkRepeat(chunkSeq: number, part: ResultPart): void {
    const isLast = chunkSeq === this.#nextChunk - 1
    if (!samePart(isLast ? this.#lastPart : this.#parts[chunkSeq], part)) {
      throw broken(`number ${chunkSeq} came twice with different data`)
    }
  }

  #giveBack(): void {
    this.#limits.budget.give(this.#budgeted)
    this.#budgeted = 0
  }
}

function decodePart(chunk: JobResultChunk): ResultPart {
  const { result_id, chunk_seq, data, encoding, more } = chunk
  const wellFormed =
    typeof result_id === 'string' &&
    Number.isSafeInteger(chunk_seq) &&
    typeof data === 'string' &&
    typeof more === 'boolean'
  if (!wellFormed) throw broken('one is malformed')
  if (encoding === 'utf8') return data
  const bytes = encoding === 'base64' ? decodeBase64(data) : undefined
  if (!bytes) throw broken(`the data of number ${chunk_seq} is no ${encoding}`)
  return bytes
}

function broken(why: string) {
  return violation(`the chunks of the result do not fit together: ${why}`, 'invalid_result')
}
