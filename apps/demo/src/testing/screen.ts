import { Writable } from 'node:stream'
import xterm from '@xterm/headless'
import type { OutputStream } from '../terminal/terminal'

/** A terminal that exists in memory only, to see what a person would. */
export interface Screen {
  /** Where a program writes to it. */
  readonly stream: OutputStream
  /** The lines that stand on it, without trailing space, down to the last that is not empty. */
  lines(): Promise<string[]>
  /** Whether the cursor is shown. */
  cursorShown(): boolean
}

/** An empty screen with colours, 80 columns wide unless told. */
export function createScreen(columns = 80): Screen {
  let written = ''
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written += chunk.toString()
      done()
    },
  })
  Object.assign(stream, { isTTY: true, columns, hasColors: (env: NodeJS.ProcessEnv) => !env.NO_COLOR })
  return {
    stream,
    async lines() {
      const terminal = new xterm.Terminal({
        cols: columns,
        rows: 30,
        convertEol: true,
        allowProposedApi: true,
      })
      await new Promise<void>((resolve) => terminal.write(written, resolve))
      const { active } = terminal.buffer
      const lines = Array.from(
        { length: active.length },
        (_, i) => active.getLine(i)?.translateToString(true) ?? '',
      )
      return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1)
    },
    cursorShown: () => written.lastIndexOf('\x1b[?25h') >= written.lastIndexOf('\x1b[?25l'),
  }
}

/** A stream that is no terminal, and the text that went there. */
export function createPipe(): { readonly stream: OutputStream; text(): string } {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString()
      done()
    },
  })
  return { stream, text: () => text }
}
