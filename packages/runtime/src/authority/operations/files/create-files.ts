import type { AgentFiles } from './agent-files'
import { namedFailure } from './named-failure'
import { Reach, type ReachParts } from './reach'
import { list, readPieces, readWhole, stat } from './reading'
import { write } from './writing'

const MAX_BYTES = 16 * 1024 * 1024
const MAX_ENTRIES = 10_000

/** The files of one job. */
export function createFiles(parts: ReachParts): AgentFiles {
  const reach = new Reach(parts)
  const pieces = (path: string) => readPieces(reach, path, () => parts.permit.checkOpen())
  const whole = (path: string, maxBytes = MAX_BYTES) => readWhole(pieces(path), path, maxBytes)
  return {
    readFile: async (path, options) => (await whole(path, options?.maxBytes)).toString('utf8'),
    readBytes: (path, options) => whole(path, options?.maxBytes),
    readPieces: pieces,
    writeFile: (path, data, options) => named(path, write(reach, path, data, options?.append ?? false)),
    makeDirectory: (path) => named(path, reach.makeDirectory(path)),
    list: (path, options) => named(path, list(reach, path, options?.maxEntries ?? MAX_ENTRIES)),
    stat: (path) => named(path, stat(reach, path)),
  }
}

async function named<T>(path: string, done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (error) {
    throw namedFailure(error, path)
  }
}
