import type { ResultFormat } from '@arcp/protocol'

/** The UTF-8 of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/**
 * Puts a whole result together.
 *
 * @throws SyntaxError when `json` is none, TypeError when the bytes of a text are not UTF-8
 */
export function joinParts(parts: readonly Uint8Array[], format: ResultFormat): unknown {
  const bytes = joinBytes(parts)
  if (format === 'bytes') return bytes
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  return format === 'json' ? JSON.parse(text) : text
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
