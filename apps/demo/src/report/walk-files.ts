import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { ListFilesError, type Listing, NOT_UTF8, reasonOf } from './listing'

// What a name that is not UTF-8 is decoded with; a file can hardly be reached by such a name.
const REPLACEMENT = '\ufffd'

/**
 * Adds to `listing` every regular file under `dir` whose path has no part that begins with a dot. Links are
 * not followed and not listed. A directory that cannot be read is skipped with its reason; `dir` itself is
 * an `UNREADABLE` error. Throws what `listing` throws, and the reason of `signal`.
 */
export async function addWalkedFiles(
  listing: Listing,
  dir: string,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const pending = ['']
  for (let below = pending.pop(); below !== undefined; below = pending.pop()) {
    try {
      for await (const entry of await opendir(join(dir, below))) {
        signal?.throwIfAborted()
        if (entry.name.startsWith('.')) continue
        const path = below + entry.name
        const wanted = entry.isFile() || entry.isDirectory()
        if (wanted && entry.name.includes(REPLACEMENT)) listing.skip(path, NOT_UTF8)
        else if (entry.isFile()) listing.add(path)
        else if (entry.isDirectory()) {
          listing.pass()
          pending.push(`${path}/`)
        }
      }
    } catch (error) {
      if (error instanceof ListFilesError || signal?.aborted) throw error
      if (below === '') throw new ListFilesError('UNREADABLE', `cannot read ${dir} (${reasonOf(error)})`)
      listing.skip(below, reasonOf(error))
    }
  }
}
