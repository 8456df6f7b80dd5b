import { lstat, realpath } from 'node:fs/promises'
import { join, parse, relative, sep } from 'node:path'

/**
 * Where an absolute path leads once every symbolic link is followed, divided by `/`; what does not exist yet keeps its
 * name below the deepest parent that does.
 *
 * @throws what the file system throws, but for what is not there
 */
export async function realPathOf(path: string): Promise<string> {
  try {
    return slashed(await realpath(path))
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  const existing = await deepestExisting(path)
  return slashed(join(await realpath(existing), relative(existing, path)))
}

/** A path as patterns are written, whatever the system divides paths by. */
export function slashed(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/')
}

/** Looked for from the root on: what is missing may be as deep as whoever names it likes. */
async function deepestExisting(path: string): Promise<string> {
  const { root } = parse(path)
  let existing = root
  for (const name of path.slice(root.length).split(sep)) {
    const next = join(existing, name)
    // A link to nothing is there itself, and where it leads cannot be told.
    if (!(await isThere(next))) break
    existing = next
  }
  return existing
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

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'ENOENT' || code === 'ENOTDIR'
}
