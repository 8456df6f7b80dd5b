import { join } from 'node:path'
import { analyzeFiles } from './analyze-files'
import { type FileList, type ListFilesOptions, listFiles } from './list-files'
import { reasonOf, type Skipped } from './listing'
import { type ReadFile, readFile } from './read-file'
import { createTally, type TypeTotals } from './tally'
import type { Totals } from './totals'

/** What is known of a directory's files. */
export interface DirectoryReport {
  /** The directory, as it was given. */
  readonly dir: string
  readonly source: FileList['source']
  readonly totals: Totals
  /** Most lines first. */
  readonly types: readonly TypeTotals[]
  /** What could not be listed or read, sorted by path; it is in no sum. */
  readonly skipped: readonly Skipped[]
}

/** How far an analysis has come. */
interface AnalysisProgress {
  /** Files done, the one at `path` included. */
  readonly done: number
  /** Files there are. */
  readonly total: number
  /** The file just done, relative to the directory. */
  readonly path: string
}

/** How {@link analyzeDirectory} works; the options of listing among them. */
export interface AnalyzeDirectoryOptions extends ListFilesOptions {
  /** Opens a file by its full path. Default: `readFile`, over `node:fs`. */
  readonly read?: ReadFile
  /** Files read at the same time. Default: 8. */
  readonly concurrency?: number
  /** Told of every file, in order; the next waits for what it returns. */
  readonly onProgress?: (progress: AnalysisProgress) => void | Promise<void>
}

/**
 * Reads every file of `dir` once and sums up what it holds. A file that cannot be read is skipped with its
 * reason. Throws what {@link listFiles} and `onProgress` throw, and the reason of `signal`.
 */
export async function analyzeDirectory(
  dir: string,
  options: AnalyzeDirectoryOptions = {},
): Promise<DirectoryReport> {
  const { read = readFile, concurrency, onProgress, signal } = options
  const list = await listFiles(dir, options)
  const skipped = [...list.skipped]
  const tally = createTally()
  const files = analyzeFiles(list.files, {
    read: (path) => read(join(dir, path)),
    signal,
    ...(concurrency === undefined ? {} : { concurrency }),
  })

  let done = 0
  for await (const file of files) {
    if ('facts' in file) tally.add(file.path, file.facts)
    else skipped.push({ path: file.path, reason: reasonOf(file.error) })
    done++
    await onProgress?.({ done, total: list.files.length, path: file.path })
  }
  return {
    dir,
    source: list.source,
    totals: tally.totals(),
    types: tally.types(),
    skipped: skipped.sort((a, b) => (a.path < b.path ? -1 : 1)),
  }
}
