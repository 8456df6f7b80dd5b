import { InvalidRequestError } from '@arcp/protocol'
import type { ResultWriter } from './result-writer'

/** What goes into a result stream: text, or the bytes any view shows. */
export type ResultPiece = string | ArrayBufferView

/**
 * A stream into a job's result; its promises need not be looked at. `docs/protocol.md` §6.
 *
 * @throws INVALID_REQUEST when the contract promises a value
 */
export function resultStream(writer: ResultWriter): WritableStream<ResultPiece> {
  if (writer.promised === 'json') throw new InvalidRequestError('the contract promises a value, not a stream')
  return new ResultStream(writer)
}

class ResultStream extends WritableStream<ResultPiece> {
  readonly #writer: ResultWriter
  /** Who has it locked, unless it is being piped into. */
  #holder: WritableStreamDefaultWriter<ResultPiece> | undefined

  constructor(writer: ResultWriter) {
    super({
      write: (piece) => writer.write(piece),
      close: () => writer.close(),
      abort: () => writer.abort(),
    })
    this.#writer = writer
    writer.isPiped = () => this.locked && !this.#holder
  }

  override close(): Promise<void> {
    return this.#note(super.close())
  }

  override abort(reason?: unknown): Promise<void> {
    return this.#note(super.abort(reason))
  }

  override getWriter(): WritableStreamDefaultWriter<ResultPiece> {
    const writer = super.getWriter()
    const { write, close, abort, releaseLock } = writer
    this.#holder = writer
    writer.write = (piece) => this.#note(write.call(writer, piece))
    writer.close = () => this.#note(close.call(writer))
    writer.abort = (reason) => this.#note(abort.call(writer, reason))
    writer.releaseLock = () => {
      if (this.#holder === writer) this.#holder = undefined
      releaseLock.call(writer)
    }
    return writer
  }

  /** What is written is part of the result, whether or not the agent waits for it. */
  #note(step: Promise<void>): Promise<void> {
    this.#writer.underWay = step.catch(() => {})
    return step
  }
}
