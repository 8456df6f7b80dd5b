import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The repository's top folder, with a slash at its end. */
const top = fileURLToPath(new URL('../../../../', import.meta.url))

/** Where a file of the repository lies on this machine. */
export function locate(path: string): string {
  return top + path
}

/** The text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(locate(path), 'utf8')
}
