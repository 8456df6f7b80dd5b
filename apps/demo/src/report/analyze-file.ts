import { scanText, type TextCounts } from './scan-text'

/** A NUL byte this near the beginning makes a file binary. Unit: bytes. */
export const BINARY_PROBE_BYTES = 8 * 1024

/** What one file holds. A binary one is only weighed. */
export type FileFacts =
  | { readonly kind: 'text'; readonly bytes: number; readonly text: TextCounts }
  | { readonly kind: 'binary'; readonly bytes: number }

/**
 * Counts one file from its pieces, in one pass and constant memory, whatever its size. Binary is a file with
 * a NUL byte in its first {@link BINARY_PROBE_BYTES} bytes, so UTF-16 text is binary too. Rejects with what
 * `pieces` throws, or with the reason of `signal`.
 */
export async function analyzeFile(
  pieces: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<FileFacts> {
  const scan = scanText()
  let bytes = 0
  let binary = false
  for await (const piece of pieces) {
    signal?.throwIfAborted()
    if (!binary && bytes < BINARY_PROBE_BYTES) {
      binary = piece.subarray(0, BINARY_PROBE_BYTES - bytes).includes(0)
    }
    if (!binary) scan.push(piece)
    bytes += piece.length
  }
  return binary ? { kind: 'binary', bytes } : { kind: 'text', bytes, text: scan.end() }
}
