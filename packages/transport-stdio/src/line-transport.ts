import { isUtf8 } from 'node:buffer'
import type { Readable, Writable } from 'node:stream'
import {
  CloseCode,
  type Transport,
  type TransportClose,
  type TransportHandler,
} from '@arcp/protocol/transport'
import { firstByteOf, LineReader } from './line-reader'

const INVALID_TEXT = 1007
const OPENING_BRACE = 0x7b

/** What a {@link LineTransport} reads and writes, and who owns that. */
export interface Lines {
  readonly input: Readable
  readonly output: Writable
  /** Writes to `output`; apart from it, because whoever owns `output` may have put something else there. */
  readonly write: (bytes: Buffer, done: (error?: Error | null) => void) => boolean
  /** The longest line taken, in bytes without its end. */
  readonly maxFrameBytes: number
  /** Takes what is no JSON object, if that is to be told from frames. */
  readonly stray?: (bytes: Buffer) => void
  /**
   * Lets what was sent leave, ends both streams and then calls `ended`, whatever the other side does. Called once, and
   * once more when `cut`: at once, and nothing has to leave.
   */
  readonly finish: (cut: boolean) => void
}

/** A transport over two streams of bytes, a frame a line. `docs/protocol.md` §12. */
export class LineTransport implements Transport {
  readonly #lines: Lines
  readonly #reader: LineReader
  readonly #written = (error?: Error | null) => {
    if (!error && !this.#finishing) this.#handler?.drain()
  }
  #handler: TransportHandler | undefined
  /** Whether the handler is told what happens as it happens: not yet inside `start`. */
  #live = false
  #corked = false
  #finishing = false
  /** How this end has closed, if it has. */
  #closed: TransportClose | undefined
  #end: TransportClose | undefined

  constructor(lines: Lines) {
    this.#lines = lines
    this.#reader = new LineReader(lines.maxFrameBytes, {
      line: (line) => this.#line(line),
      tooLong: () => this.close(CloseCode.messageTooBig, 'frame too large'),
    })
    const { input, output } = lines
    // Unread before the start, and not flowing: the other side is held back by the pipe.
    input.on('readable', () => this.#read())
    input.on('end', () => this.#inputEnded())
    // Only one end of a pipe may have gone: what was said before can still be read.
    input.on('error', () => this.#finish())
    output.on('error', () => this.#finish())
  }

  get bufferedBytes(): number {
    return this.#lines.output.writableLength
  }

  start(handler: TransportHandler): void {
    if (this.#handler) throw new Error('a transport is started once')
    this.#handler = handler
    queueMicrotask(() => {
      this.#live = true
      this.#read()
      if (this.#end) handler.close(this.#end)
    })
  }

  send(frames: readonly string[]): void {
    if (this.#finishing || frames.length === 0) return
    this.#cork()
    this.#lines.write(Buffer.from(`${frames.join('\n')}\n`), this.#written)
  }

  close(code: number = CloseCode.normal, reason = ''): void {
    this.#closed ??= { code, reason }
    if (code === CloseCode.abnormal) this.#cut()
    else this.#finish()
    // What still comes has to be read off, or the other side would never get to its end.
    this.#read()
  }

  /**
   * Both streams have ended; only the first call counts.
   *
   * @returns how, as the handler is told: as this end has closed, if it has, else as `info` says
   */
  ended(info: TransportClose): TransportClose {
    if (this.#end) return this.#end
    this.#finishing = true
    this.#end = this.#closed ?? info
    if (this.#live) this.#handler?.close(this.#end)
    return this.#end
  }

  #read(): void {
    if (!this.#live && !this.#closed) return
    for (let chunk = this.#lines.input.read(); chunk !== null; chunk = this.#lines.input.read()) {
      if (!this.#closed) this.#reader.push(chunk)
    }
  }

  #line(line: Buffer): void {
    if (this.#closed || this.#isStray(line)) return
    if (!isUtf8(line)) this.close(INVALID_TEXT, 'frames are UTF-8')
    else this.#handler?.frame(line.toString())
  }

  /** Without its end, a line that began as a frame is half a frame, and of no use to anyone. */
  #inputEnded(): void {
    this.#isStray(this.#reader.takeRest())
    this.#finish()
  }

  /** Whether `line` is none of ours; it has been handed on then. */
  #isStray(line: Buffer): boolean {
    const { stray } = this.#lines
    if (!stray || firstByteOf(line) === OPENING_BRACE) return false
    if (line.length > 0) stray(Buffer.concat([line, NEW_LINE]))
    return true
  }

  /** What is sent up to the end of this turn of the event loop leaves as one write: a write costs more than a frame. */
  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#lines.output.cork()
    setImmediate(LineTransport.#uncork, this)
  }

  static #uncork(transport: LineTransport): void {
    transport.#corked = false
    transport.#lines.output.uncork()
  }

  #finish(): void {
    if (this.#finishing) return
    this.#finishing = true
    this.#lines.finish(false)
  }

  #cut(): void {
    this.#finishing = true
    this.#lines.finish(true)
  }
}

const NEW_LINE = Buffer.from('\n')
