import type { ResultFormat } from '@arcp/protocol'

/** The decoded data of one chunk: text, or bytes. */
export type ResultPart = string | Uint8Array

/** The part as a stream of the result carries it. */
export function bytesOf(part: ResultPart): Uint8Array {
  return typeof part === 'string' ? new TextEncoder().encode(part) : part
}

/**
 * Puts a whole result together.
 *
 * @throws SyntaxError when `json` is none, TypeError when the bytes of a text are not UTF-8
 */
export function joinParts(parts: readonly ResultPart[], format: ResultFormat): unknown {
  if (format === 'bytes') return joinBytes(parts)
  const text = parts.every((part) => typeof part === 'string')
    ? parts.join('')
    : new TextDecoder(undefined, { fatal: true, ignoreBOM: true }).decode(joinBytes(parts))
  return format === 'json' ? JSON.parse(text) : text
}

function joinBytes(parts: readonly ResultPart[]): Uint8Array {
  const pieces = parts.map(bytesOf)
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
