import { constants } from 'node:fs'
import { InvalidRequestError } from '@arcp/protocol'
import type { FileEntry, FileStat } from './agent-files'
import { entryType } from './entry-type'
import { expectFile } from './expect-file'
import { namedFailure } from './named-failure'
import { SAFE_FLAGS } from './opening'
import type { Reach } from './reach'

const PIECE_BYTES = 64 * 1024
const READ_FLAGS = constants.O_RDONLY | SAFE_FLAGS
const LIST_FLAGS = READ_FLAGS | constants.O_DIRECTORY

/** Reads a file piece by piece, as long as its lease lasts. */
export async function* readPieces(reach: Reach, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const { handle, checkLasting } = await reach.open('fs.read', path, READ_FLAGS)
    try {
      await expectFile(handle, path)
      for (;;) {
        await checkLasting()
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(PIECE_BYTES))
        if (bytesRead === 0) return
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw namedFailure(error, path)
  }
}

/** A file as a whole. */
export async function readWhole(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number,
): Promise<Buffer> {
  const read: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (!(bytes <= maxBytes)) throw beyond(path, maxBytes, 'bytes')
    read.push(piece)
  }
  return Buffer.concat(read)
}

/** What is in a directory, sorted by name. */
export async function list(reach: Reach, path: string, maxEntries: number): Promise<FileEntry[]> {
  const opened = await reach.open('fs.read', path, LIST_FLAGS)
  try {
    const entries: FileEntry[] = []
    for await (const entry of await opened.entries()) {
      if (!(entries.length < maxEntries)) throw beyond(path, maxEntries, 'entries')
      entries.push({ name: entry.name, type: entryType(entry) })
    }
    await opened.confirm()
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } finally {
    await opened.handle.close()
  }
}

/** What stands at a path. */
export async function stat(reach: Reach, path: string): Promise<FileStat> {
  const { handle } = await reach.look('fs.read', path)
  try {
    const found = await handle.stat()
    return { type: entryType(found), size: found.size, modifiedAt: Math.floor(found.mtimeMs) }
  } finally {
    await handle.close()
  }
}

function beyond(path: string, limit: number, unit: 'bytes' | 'entries'): Error {
  return new InvalidRequestError(`${path}: expected at most ${limit} ${unit}`, { details: { limit } })
}
