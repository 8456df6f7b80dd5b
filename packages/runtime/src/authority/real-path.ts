import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'

/**
 * Where an absolute path leads once every symbolic link is followed, divided by `/`; what does not exist yet keeps its
 * name below the deepest parent that does.
 *
 * @throws what the file system throws, but for what is not there
 */
export async function realPathOf(path: string): Promise<string> {
  const missing: string[] = []
  for (let existing = path; ; existing = dirname(existing)) {
    try {
      return slashed(join(await realpath(existing), ...missing))
    } catch (error) {
      // A link to what is not there is there itself, and where it leads is anybody's guess.
      if (!isMissing(error) || dirname(existing) === existing || (await isThere(existing))) throw error
    }
    missing.unshift(basename(existing))
  }
}

/** A path as patterns are written, whatever the system divides paths by. */
export function slashed(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/')
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'ENOENT' || code === 'ENOTDIR'
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
