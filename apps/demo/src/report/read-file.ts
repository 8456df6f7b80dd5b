import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * Reads one file in pieces. A piece is only valid until the next one is asked for. Rejects if the file
 * cannot be read; leaving the loop early closes it.
 */
export type ReadFile = (path: string) => AsyncIterable<Uint8Array>

/** Bytes read at a time. */
const PIECE_BYTES = 64 * 1024

// What was listed as a file may have become a link or a pipe since: refuse the one, never wait for the other.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** {@link ReadFile} over `node:fs`, for regular files; one 64 KiB buffer per open file, links not followed. */
export const readFile: ReadFile = async function* (path) {
  const file = await open(path, FLAGS)
  try {
    if (!(await file.stat()).isFile()) throw new Error(`not a regular file: ${path}`)
    const buffer = Buffer.allocUnsafe(PIECE_BYTES)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
