import { lstat, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { addGitFiles } from './git-files'
import { createListing, ListFilesError, type Listing, reasonOf, type Skipped } from './listing'
import { addWalkedFiles, type ListDirectory, listDirectory } from './walk-files'

/** How {@link listFiles} works. */
export interface ListFilesOptions {
  /** The most entries a listing takes (files, and the directories walked). Default: 100,000. */
  readonly maxFiles?: number
  /** The environment git is run in. Default: that of the process. */
  readonly env?: NodeJS.ProcessEnv
  /** Lists a directory where git does not. Default: `listDirectory`, over `node:fs`. */
  readonly list?: ListDirectory
  /** Ends the listing, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** The files of a directory that a report is about. */
export interface FileList {
  /** Relative to the directory, `/`-separated, sorted by code unit, each once. */
  readonly files: readonly string[]
  /** What is left out although it belongs there, sorted by path. */
  readonly skipped: readonly Skipped[]
  /** Who says which files these are: git, or a walk over everything not hidden. */
  readonly source: { readonly kind: 'git' } | { readonly kind: 'walk'; readonly reason: string }
}

/** `lstat` calls under way at a time. */
const LSTATS_AT_A_TIME = 64

async function checkDirectory(dir: string): Promise<void> {
  let found: Awaited<ReturnType<typeof stat>>
  try {
    found = await stat(dir)
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === 'ENOENT') throw new ListFilesError('NOT_FOUND', `no such directory: ${dir}`)
    if (reason === 'ENOTDIR') throw new ListFilesError('NOT_A_DIRECTORY', `not a directory: ${dir}`)
    throw new ListFilesError('UNREADABLE', `cannot read ${dir} (${reason})`)
  }
  if (!found.isDirectory()) throw new ListFilesError('NOT_A_DIRECTORY', `not a directory: ${dir}`)
}

/** Takes from `listing` what is no regular file inside `dir`: deleted, a submodule, a link, or behind a link. */
async function keepRegularFiles(listing: Listing, dir: string, signal?: AbortSignal): Promise<void> {
  const directories = new Map<string, Promise<boolean>>([['.', Promise.resolve(true)]])
  const isRealDirectory = (path: string): Promise<boolean> => {
    let answer = directories.get(path)
    if (answer === undefined) {
      answer = isRealDirectory(posix.dirname(path)).then(
        async (parent) => parent && (await lstat(join(dir, path))).isDirectory(),
      )
      directories.set(path, answer)
    }
    return answer
  }
  const check = async (path: string) => {
    try {
      const kept = (await isRealDirectory(posix.dirname(path))) && (await lstat(join(dir, path))).isFile()
      if (!kept) listing.files.delete(path)
    } catch (error) {
      listing.files.delete(path)
      const reason = reasonOf(error)
      if (reason !== 'ENOENT' && reason !== 'ENOTDIR') listing.skipped.push({ path, reason })
    }
  }

  const paths = [...listing.files]
  for (let i = 0; i < paths.length; i += LSTATS_AT_A_TIME) {
    signal?.throwIfAborted()
    await Promise.all(paths.slice(i, i + LSTATS_AT_A_TIME).map(check))
  }
}

/**
 * Lists the files of `dir`: inside a git repository git's own list, so what is ignored stays out, and
 * repositories nested in it too; elsewhere all but hidden files and directories. Only regular files: links
 * are neither listed nor followed, whatever they point to.
 *
 * Throws {@link ListFilesError}: `NOT_FOUND`, `NOT_A_DIRECTORY`, `UNREADABLE`, `TOO_MANY_FILES`.
 */
export async function listFiles(dir: string, options: ListFilesOptions = {}): Promise<FileList> {
  const { maxFiles = 100_000, env = process.env, list = listDirectory, signal } = options
  await checkDirectory(dir)

  let listing = createListing(dir, maxFiles)
  const git = await addGitFiles(listing, dir, { env, signal })
  if (git.ok) await keepRegularFiles(listing, dir, signal)
  else {
    listing = createListing(dir, maxFiles)
    await addWalkedFiles(listing, dir, { list, signal })
  }
  return {
    files: [...listing.files].sort(),
    skipped: listing.skipped.sort((a, b) => (a.path < b.path ? -1 : 1)),
    source: git.ok ? { kind: 'git' } : { kind: 'walk', reason: git.reason },
  }
}
