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
  if (format === 'bytes') return joinBytes(parts)
  const decoder = new TextDecoder(undefined, { fatal: true, ignoreBOM: true })
  const texts = parts.map((part) => decoder.decode(part, { stream: true }))
  const text = texts.join('') + decoder.decode()
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
