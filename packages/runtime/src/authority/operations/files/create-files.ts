import { mayBeIgnored } from '../../../jobs/ignorable'
import type { AgentFiles } from './agent-files'
import { namedFailure } from './named-failure'
import type { Reach } from './reach'
import { list, readPieces, readWhole, stat } from './reading'
import { write } from './writing'

const MAX_BYTES = 16 * 1024 * 1024
const MAX_ENTRIES = 10_000

/** The files of one job. */
export function createFiles(reach: Reach): AgentFiles {
  const pieces = (path: string) => readPieces(reach, path)
  const whole = (path: string, maxBytes = MAX_BYTES) => readWhole(pieces(path), path, maxBytes)
  return {
    readFile: (path, options) => mayBeIgnored(whole(path, options?.maxBytes).then(asText)),
    readBytes: (path, options) => mayBeIgnored(whole(path, options?.maxBytes)),
    readPieces: pieces,
    writeFile: (path, data, options) => named(path, write(reach, path, data, options?.append ?? false)),
    makeDirectory: (path) => named(path, reach.makeDirectory(path)),
    list: (path, options) => named(path, list(reach, path, options?.maxEntries ?? MAX_ENTRIES)),
    stat: (path) => named(path, stat(reach, path)),
  }
}

function asText(bytes: Buffer): string {
  return bytes.toString('utf8')
}

function named<T>(path: string, done: Promise<T>): Promise<T> {
  return mayBeIgnored(
    done.catch((error: unknown) => {
      throw namedFailure(error, path)
    }),
  )
}
