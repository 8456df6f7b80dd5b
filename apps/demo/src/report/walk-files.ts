import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ListFilesError, type Listing, NOT_UTF8, reasonOf } from './listing'

// What a name that is not UTF-8 is decoded with; a file can hardly be reached by such a name.
const REPLACEMENT = '\ufffd'

/** Lists a directory by its full path. */
export type ListDirectory = (path: string) => Promise<readonly DirectoryEntry[]>

/** One of a directory; whatever is neither a file nor a directory is passed over. */
interface DirectoryEntry {
  readonly name: string
  readonly type: string
}

/** {@link ListDirectory} over `node:fs`. */
export const listDirectory: ListDirectory = async (path) => {
  const entries = await readdir(path, { withFileTypes: true })
  return entries.map((entry) => {
    const type = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other'
    return { name: entry.name, type }
  })
}

/**
 * Adds to `listing` every regular file under `dir` whose path has no part that begins with a dot. Links are
 * not followed and not listed. A directory that cannot be read is skipped with its reason; `dir` itself is
 * an `UNREADABLE` error. Throws what `listing` throws, and the reason of `signal`.
 */
export async function addWalkedFiles(
  listing: Listing,
  dir: string,
  { list, signal }: { readonly list: ListDirectory; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const pending = ['']
  for (let below = pending.pop(); below !== undefined; below = pending.pop()) {
    try {
      for (const { name, type } of await list(join(dir, below))) {
        signal?.throwIfAborted()
        if (name.startsWith('.')) continue
        const path = below + name
        const wanted = type === 'file' || type === 'directory'
        if (wanted && name.includes(REPLACEMENT)) listing.skip(path, NOT_UTF8)
        else if (type === 'file') listing.add(path)
        else if (type === 'directory') {
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
