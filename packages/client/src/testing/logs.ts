import type { Logger } from '@arcp/protocol/observe'

/** A logger that remembers what it was told. */
export interface Logs extends Logger {
  readonly lines: readonly string[]
}

export function logs(): Logs {
  const lines: string[] = []
  const log = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  return { lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}
