import type { EntryType } from './entry-type'

/**
 * Files, as far as the lease goes. A relative path counts from the runtime's `fsRoot`, and `..` is resolved by the
 * text, before any link is. Links are followed, and where they lead must be covered: reading, listing and looking need
 * `fs.read`, writing and making directories `fs.write`.
 *
 * Everything rejects with PERMISSION_DENIED, LEASE_EXPIRED or BUDGET_EXHAUSTED when it is denied, with INVALID_REQUEST
 * for what is no path, no file where one is expected, or beyond a limit, and else with what the system says
 * (`code: 'ENOENT'` …), which names the path as the agent did. `docs/protocol.md` §7.
 */
export interface AgentFiles {
  /** The text of a file, read as UTF-8. */
  readFile(path: string, options?: ReadOptions): Promise<string>
  /** The bytes of a file. */
  readBytes(path: string, options?: ReadOptions): Promise<Uint8Array>
  /** The bytes of a file of any size, at most 64 KiB at a time. Leaving the loop closes it. */
  readPieces(path: string): AsyncIterable<Uint8Array>
  /** Makes a file, or replaces what is in it, though not at one stroke; its directory must exist. */
  writeFile(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>
  /** Makes a directory, and those above it that are missing; one that exists is fine. */
  makeDirectory(path: string): Promise<void>
  /** What is in a directory, sorted by name. */
  list(path: string, options?: ListOptions): Promise<FileEntry[]>
  /** What stands at a path. */
  stat(path: string): Promise<FileStat>
}

/** Options of reading a file as a whole. */
export interface ReadOptions {
  /** The largest file that is read, in bytes. Default: 16 MiB. */
  readonly maxBytes?: number
}

/** Options of {@link AgentFiles.writeFile}. */
export interface WriteOptions {
  /** Adds to the end instead. Default: false. */
  readonly append?: boolean
}

/** Options of {@link AgentFiles.list}. */
export interface ListOptions {
  /** The most entries of a directory that is listed. Default: 10,000. */
  readonly maxEntries?: number
}

/** One of a directory. */
export interface FileEntry {
  readonly name: string
  readonly type: EntryType
}

/** What stands at a path. */
export interface FileStat {
  readonly type: EntryType
  /** In bytes. */
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number
}
