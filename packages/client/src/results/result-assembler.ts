import type { JobCompleted, JobResultChunk, ResultFormat } from '@arcp/protocol'
import { limitReached, messageOf, misplaced, violation } from '../failures'
import { firstMisfit, resultChunk } from '../replies'
import { decodeBase64 } from './base64'
import type { ByteBudget } from './byte-budget'
import { bytesOf, joinParts, type ResultPart } from './result-parts'

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
  #whole = false
  #bytes = 0
  /** What has come; of what is handed on only the last, to know a repeat of it. */
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
    const { result_id, encoding, chunk_seq } = chunk
    this.#resultId ??= result_id
    this.#encoding ??= encoding
    expectSame('result_id', result_id, this.#resultId)
    expectSame('encoding', encoding, this.#encoding)
    if (chunk_seq < this.#nextChunk) this.#checkRepeat(chunk_seq, part)
    else this.#addNext(chunk, part)
  }

  /** Hands what is held to `sink`, and everything from now on. */
  handOn(sink: (part: ResultPart) => void): void {
    const parts = this.#parts
    this.release()
    this.#parts = parts.slice(-1)
    this.#sink = sink
    parts.forEach(sink)
  }

  /**
   * Checks the whole against what the terminal says of it, and counts it among the unfinished no more.
   *
   * @throws INTERNAL_ERROR when they differ
   */
  complete({ result_id, result_size }: JobCompleted): void {
    if (this.begun) expectSame('result_id', result_id, this.#resultId)
    if (this.begun && !this.#whole) throw broken('the last is missing')
    expectSame('result_size', result_size ?? this.#bytes, this.#bytes)
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
      throw violation(`the result is no ${format}: ${messageOf(error)}`, 'invalid_result')
    }
  }

  /** Lets everything go. */
  release(): void {
    this.#parts = []
    this.#giveBack()
  }

  #addNext({ chunk_seq, more }: JobResultChunk, part: ResultPart): void {
    expectSame('chunk_seq', chunk_seq, this.#whole ? 'none' : this.#nextChunk)
    this.#nextChunk++
    this.#whole = !more
    const size = bytesOf(part).length
    this.#bytes += size
    if (this.#sink) {
      this.#parts = [part]
      this.#sink(part)
    } else this.#hold(part, size)
  }

  #hold(part: ResultPart, size: number): void {
    const { resultBytes, budget } = this.#limits
    if (this.#bytes > resultBytes) throw limitReached(resultBytes, 'bytes in the result', 'result_too_large')
    if (!budget.take(size)) {
      throw limitReached(budget.limit, 'bytes in all unfinished results', 'results_too_large')
    }
    this.#budgeted += size
    this.#parts.push(part)
  }

  #checkRepeat(chunkSeq: number, part: ResultPart): void {
    const former = this.#parts[chunkSeq - this.#nextChunk + this.#parts.length]
    if (former === undefined || String(former) !== String(part)) {
      throw broken(`chunk_seq ${chunkSeq} came twice`)
    }
  }

  #giveBack(): void {
    this.#limits.budget.give(this.#budgeted)
    this.#budgeted = 0
  }
}

function decodePart(chunk: JobResultChunk): ResultPart {
  const misfit = firstMisfit(chunk, resultChunk)
  if (misfit) throw broken(`one has no usable ${misfit}`)
  const { data, encoding } = chunk
  if (encoding === 'utf8') return data
  const bytes = encoding === 'base64' ? decodeBase64(data) : undefined
  if (!bytes) throw broken(`data that is no ${encoding}`)
  return bytes
}

function expectSame(field: string, found: unknown, due: unknown): void {
  if (found !== due) throw broken(misplaced(field, found, due))
}

function broken(why: string) {
  return violation(`the chunks do not fit together: ${why}`, 'invalid_result')
}
