import {
  type IdSource,
  InternalError,
  InvalidRequestError,
  type ResultFormat,
  utf8Length,
} from '@arcp/protocol'
import type { Emitter } from './emitter'

/** Text and bytes of one chunk at most, before encoding; far below the 512 KiB the protocol allows. */
const CHUNK_UNITS = 64 * 1024
const CHUNK_BYTES = 64 * 1024

/** What a {@link ResultWriter} needs. */
export interface ResultWriterParts {
  readonly emitter: Emitter
  readonly resultIds: IdSource
  /** What the agent's contract says the result is; `undefined` where it says nothing. */
  readonly promised: ResultFormat | undefined
  readonly maxFrameBytes: number
  /** The largest result, in bytes. */
  readonly resultBytes: number
}

/**
 * Writes one result as chunks: numbered from 0, one encoding, within the limits of a frame, never splitting a
 * surrogate pair, an empty last one to say that it is whole. `docs/protocol.md` §6.
 */
export class ResultWriter {
  /** What an agent has written and did not wait for. */
  underWay: Promise<unknown> = Promise.resolve()
  /** Whether a stream writes it that ends by itself. */
  isPiped: () => boolean = () => false
  readonly #parts: ResultWriterParts
  #resultId: string | undefined
  #format: ResultFormat | undefined
  #chunkSeq = 0
  #bytes = 0
  /** A high surrogate whose other half is still to come. */
  #carry = ''
  #state: 'open' | 'closed' | 'aborted' = 'open'
  #failure: unknown
  #onOver: () => void = () => {}

  constructor(parts: ResultWriterParts) {
    this.#parts = parts
  }

  get resultId(): string {
    this.#resultId ??= this.#parts.resultIds()
    return this.#resultId
  }

  get promised(): ResultFormat | undefined {
    return this.#parts.promised
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes
  }

  get format(): ResultFormat | undefined {
    return this.#format
  }

  get state(): 'open' | 'closed' | 'aborted' {
    return this.#state
  }

  /** What a write failed with; the result is given up then. */
  get failure(): unknown {
    return this.#failure
  }

  /** Resolves when what the agent has begun to write is written: what is piped, when that has ended. */
  settled(): Promise<unknown> {
    if (this.#state !== 'open' || !this.isPiped()) return this.underWay
    return new Promise<void>((resolve) => {
      this.#onOver = resolve
    })
  }

  /** Writes a piece of a stream. Throws as {@link writeText} does; the result is given up then. */
  async write(piece: string | ArrayBufferView): Promise<void> {
    try {
      if (typeof piece === 'string') await this.writeText(piece)
      else if (ArrayBuffer.isView(piece)) await this.writeBytes(bytesOf(piece))
      else throw new InvalidRequestError('a result stream takes strings and views of bytes')
    } catch (error) {
      this.#failure ??= error
      this.abort()
      throw error
    }
  }

  /**
   * Writes text; resolves when more may come.
   *
   * @throws INVALID_REQUEST when bytes were written before, or the contract promises something else; INTERNAL_ERROR
   * beyond the largest result
   */
  async writeText(text: string, format: 'text' | 'json' = 'text'): Promise<void> {
    this.#begin(format)
    const whole = this.#carry + text
    this.#carry = endsInHighSurrogate(whole) ? whole.slice(-1) : ''
    const end = whole.length - this.#carry.length
    for (let at = 0; at < end; ) {
      const piece = this.#pieceOf(whole, at, end)
      this.#count(utf8Length(piece))
      await this.#chunk(piece, 'utf8', true)
      at += piece.length
    }
  }

  /** Writes bytes; resolves when more may come. Throws as {@link writeText} does. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    this.#begin('bytes')
    const size = Math.min(CHUNK_BYTES, Math.floor((this.#parts.maxFrameBytes / 2) * 0.75))
    for (let at = 0; at < bytes.byteLength; at += size) {
      const piece = bytes.subarray(at, at + size)
      this.#count(piece.byteLength)
      const data = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('base64')
      await this.#chunk(data, 'base64', true)
    }
  }

  /** Says that the result is whole. */
  async close(): Promise<void> {
    this.#begin(this.#format ?? this.#parts.promised ?? 'text')
    if (this.#carry !== '') {
      this.#count(utf8Length(this.#carry))
      await this.#chunk(this.#carry, 'utf8', true)
    }
    this.#state = 'closed'
    await this.#chunk('', this.#format === 'bytes' ? 'base64' : 'utf8', false)
    this.#onOver()
  }

  /** Takes nothing more; a job that goes on to return fails. */
  abort(): void {
    if (this.#state === 'open') this.#state = 'aborted'
    this.#onOver()
  }

  #begin(format: ResultFormat): void {
    if (this.#state !== 'open') throw new InvalidRequestError(`the result stream is ${this.#state}`)
    const expected = this.#format ?? this.#parts.promised ?? format
    if (expected !== format)
      throw new InvalidRequestError(`the result is ${expected}; ${format} does not fit into it`)
    this.#format = format
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    const limit = this.#parts.resultBytes
    if (this.#bytes <= limit) return
    this.#state = 'aborted'
    throw new InternalError(`the result is larger than ${limit} bytes`, {
      retryable: false,
      details: { reason: 'result_too_large', limit },
    })
  }

  /** The longest piece from `at` that fits into half a frame once it is written as JSON. */
  #pieceOf(text: string, at: number, end: number): string {
    const limit = Math.floor(this.#parts.maxFrameBytes / 2)
    for (let units = Math.min(CHUNK_UNITS, end - at); ; units = Math.max(2, Math.floor(units / 2))) {
      let piece = text.slice(at, at + units)
      if (at + units < end && endsInHighSurrogate(piece) && units > 1) piece = piece.slice(0, -1)
      if (units <= 2 || piece.length * 6 <= limit || utf8Length(JSON.stringify(piece)) <= limit) return piece
    }
  }

  #chunk(data: string, encoding: 'utf8' | 'base64', more: boolean): Promise<void> {
    const { emitter } = this.#parts
    const head = `"result_id":"${this.resultId}","chunk_seq":${this.#chunkSeq++}`
    // Base64 holds nothing that JSON would escape.
    const text = encoding === 'base64' ? `"${data}"` : JSON.stringify(data)
    return emitter.emitText(
      'job.result_chunk',
      `${head},"data":${text},"encoding":"${encoding}","more":${more}}`,
    )
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function endsInHighSurrogate(text: string): boolean {
  const unit = text.charCodeAt(text.length - 1)
  return unit >= 0xd800 && unit < 0xdc00
}
