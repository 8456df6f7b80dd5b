import { analyzeFile, type FileFacts } from './analyze-file'
import type { ReadFile } from './read-file'

/** One file's facts, or why it could not be read. */
export type AnalyzedFile = { readonly path: string } & (
  | { readonly facts: FileFacts }
  | { readonly error: unknown }
)

/** How {@link analyzeFiles} works. */
export interface AnalyzeFilesOptions {
  /** Opens one of the paths. */
  readonly read: ReadFile
  /** Files read at the same time. Default: 8. */
  readonly concurrency?: number
  /** Ends the work; the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Yields what each file holds, in the order of `paths`, a few files being read ahead of the one yielded. A
 * file that cannot be read yields its error and stops nothing. Leaving the loop early ends the reads ahead.
 */
export async function* analyzeFiles(
  paths: Iterable<string>,
  options: AnalyzeFilesOptions,
): AsyncGenerator<AnalyzedFile, void, undefined> {
  const { read, concurrency = 8, signal } = options
  const left = new AbortController()
  const stop = signal ? AbortSignal.any([signal, left.signal]) : left.signal
  const ahead: Promise<AnalyzedFile>[] = []
  const analyze = async (path: string): Promise<AnalyzedFile> => {
    try {
      return { path, facts: await analyzeFile(read(path), stop) }
    } catch (error) {
      return { path, error }
    }
  }

  try {
    for (const path of paths) {
      ahead.push(analyze(path))
      if (ahead.length < concurrency) continue
      const file = await ahead.shift()
      signal?.throwIfAborted()
      if (file !== undefined) yield file
    }
    for (let file = await ahead.shift(); file !== undefined; file = await ahead.shift()) {
      signal?.throwIfAborted()
      yield file
    }
  } finally {
    left.abort()
    await Promise.all(ahead)
  }
}
