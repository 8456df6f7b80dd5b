import { styleText } from 'node:util'

/** A colour or weight. */
type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** The text in a style, or as it is where colours are not wanted. */
export type Paint = (style: Style, text: string) => string

/** What of an output stream matters to colours. */
export interface ColourStream {
  readonly isTTY?: boolean
  hasColors?(env: object): boolean
}

/**
 * Paints for a terminal that has colours, unless `env` says otherwise (`NO_COLOR`, `TERM=dumb`, as Node
 * reads them). Elsewhere, in a file or a pipe, text stays plain.
 */
export function createPaint(stream: ColourStream, env: NodeJS.ProcessEnv): Paint {
  const coloured = stream.isTTY === true && stream.hasColors?.(env) === true
  return coloured ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text
}
