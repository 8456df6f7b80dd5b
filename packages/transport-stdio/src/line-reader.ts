const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const TAB = 0x09
const NOTHING = Buffer.alloc(0)

/** What a {@link LineReader} tells. */
export interface LineHandler {
  /** A line has ended; its end is cut off, and it is not blank. Valid until this returns. */
  line(line: Buffer): void
  /** The line that is being read has more bytes than the limit. What follows is not looked at any more. */
  tooLong(): void
}

/** Cuts bytes into lines, ended by LF or CRLF. Holds no more than one line, and of that no more than the limit. */
export class LineReader {
  readonly #limit: number
  readonly #handler: LineHandler
  /** The beginning of a line whose end has not come yet, with room for more. */
  #held = NOTHING
  #heldBytes = 0
  #over = false

  /** @param limit The longest line, in bytes without its end. */
  constructor(limit: number, handler: LineHandler) {
    this.#limit = limit
    this.#handler = handler
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let end = this.#endOf(chunk, 0); end >= 0; end = this.#endOf(chunk, start)) {
      this.#line(this.#joined(chunk.subarray(start, end)))
      start = end + 1
    }
    if (this.#over || start === chunk.length) return
    const rest = chunk.subarray(start)
    // One byte more may be the CR of the line's end.
    if (this.#heldBytes + rest.length > this.#limit + 1) this.#tooLong()
    else this.#hold(rest)
  }

  /** What has come of a line whose end will not come any more. */
  takeRest(): Buffer {
    return this.#joined(NOTHING)
  }

  #endOf(chunk: Buffer, start: number): number {
    return this.#over ? -1 : chunk.indexOf(LINE_FEED, start)
  }

  #hold(bytes: Buffer): void {
    const needed = this.#heldBytes + bytes.length
    if (needed > this.#held.length) {
      // Twice what is needed, so that a line that comes byte by byte is not copied as often.
      const roomier = Buffer.allocUnsafeSlow(Math.min(needed * 2, this.#limit + 1))
      this.#held.copy(roomier, 0, 0, this.#heldBytes)
      this.#held = roomier
    }
    bytes.copy(this.#held, this.#heldBytes)
    this.#heldBytes = needed
  }

  #joined(last: Buffer): Buffer {
    if (this.#heldBytes === 0) return last
    const line = Buffer.concat([this.#held.subarray(0, this.#heldBytes), last])
    this.#release()
    return line
  }

  #line(raw: Buffer): void {
    const line = raw.at(-1) === CARRIAGE_RETURN ? raw.subarray(0, -1) : raw
    if (line.length > this.#limit) this.#tooLong()
    else if (firstByteOf(line) !== undefined) this.#handler.line(line)
  }

  #tooLong(): void {
    this.#over = true
    this.#release()
    this.#handler.tooLong()
  }

  #release(): void {
    this.#held = NOTHING
    this.#heldBytes = 0
  }
}

/** The first byte of a line that is no white space; `undefined` where there is none. */
export function firstByteOf(line: Buffer): number | undefined {
  return line.find((byte) => byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN)
}
