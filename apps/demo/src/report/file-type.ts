import { posix } from 'node:path'

/**
 * What a path is counted under: its extension in lower case with the dot (`.ts`), or the whole name of a
 * file that has none (`LICENSE`, `.gitignore`).
 */
export function fileType(path: string): string {
  const name = posix.basename(path)
  const extension = posix.extname(name)
  return extension.length > 1 ? extension.toLowerCase() : name
}
