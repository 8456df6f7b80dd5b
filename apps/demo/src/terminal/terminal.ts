import { barDisplay } from './bar-display'
import { type ColourStream, createPaint, type Paint } from './paint'
import { plainDisplay } from './plain-display'
import type { Display } from './progress'

/** What the commands tell their story on. */
export interface Terminal extends Display {
  /** Colours, where they are wanted. */
  readonly paint: Paint
  /** Prints a heading, with an empty line before it. */
  heading(text: string): void
  /** Prints that something worked. */
  success(text: string): void
}

/** An output stream as the terminal needs it; `process.stdout` is one. */
export type OutputStream = NodeJS.WritableStream & ColourStream

/**
 * A terminal over `stream`: live bars where a person is watching, plain lines where not (a pipe, a file,
 * `TERM=dumb`). Close it before the process ends.
 */
export function createTerminal(stream: OutputStream, env: NodeJS.ProcessEnv): Terminal {
  const paint = createPaint(stream, env)
  const watched = stream.isTTY === true && env.TERM !== 'dumb'
  const display = watched ? barDisplay(stream, paint) : plainDisplay((text) => stream.write(text))
  return {
    ...display,
    paint,
    heading: (text) => display.line(`\n${paint('bold', text)}`),
    success: (text) => display.line(`${paint('green', '✔')} ${text}`),
  }
}
