/** What a directory listing failed with. */
export type ListFilesErrorCode = 'NOT_FOUND' | 'NOT_A_DIRECTORY' | 'UNREADABLE' | 'TOO_MANY_FILES'

/** Why no listing of a directory could be made. */
export class ListFilesError extends Error {
  override readonly name = 'ListFilesError'

  constructor(
    /** What went wrong, for a program. */
    readonly code: ListFilesErrorCode,
    /** What went wrong, for a person; names the directory. */
    message: string,
  ) {
    super(message)
  }
}

/** Something that belongs to a directory and that the listing had to leave out. */
export interface Skipped {
  /** Relative to the directory, `/`-separated; as near as text comes to it. */
  readonly path: string
  readonly reason: string
}

/** Collects the paths of a listing, up to a limit. */
export interface Listing {
  readonly files: Set<string>
  readonly skipped: Skipped[]
  /** Adds a file; throws `TOO_MANY_FILES` past the limit. */
  add(path: string): void
  /** Notes what is left out; throws `TOO_MANY_FILES` past the limit. */
  skip(path: string, reason: string): void
  /** Counts something that is passed through, such as a directory; throws `TOO_MANY_FILES` past the limit. */
  pass(): void
}

/** Why a name that no string can hold is left out. */
export const NOT_UTF8 = 'its name is not valid UTF-8'

/** An empty listing of `dir` that takes `maxFiles` entries. */
export function createListing(dir: string, maxFiles: number): Listing {
  const files = new Set<string>()
  const skipped: Skipped[] = []
  let entries = 0
  const pass = () => {
    entries++
    if (entries > maxFiles) {
      const limit = maxFiles.toLocaleString('en-US')
      throw new ListFilesError(
        'TOO_MANY_FILES',
        `${dir} holds more than ${limit} entries, the limit of a listing`,
      )
    }
  }
  return {
    files,
    skipped,
    add(path) {
      if (files.has(path)) return
      pass()
      files.add(path)
    },
    skip(path, reason) {
      pass()
      skipped.push({ path, reason })
    },
    pass,
  }
}

/** The code of a system error (`ENOENT`), else its message. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message
  return String(error)
}
