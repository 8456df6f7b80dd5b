import type { Logger } from '@arcp/protocol/observe'

/** The console, for what an operator should act on; the rest only where a logger is given. */
export const defaultLogger: Logger = {
  debug() {},
  info() {},
  warn: (message, fields) => console.warn(message, fields ?? ''),
  error: (message, fields) => console.error(message, fields ?? ''),
}
