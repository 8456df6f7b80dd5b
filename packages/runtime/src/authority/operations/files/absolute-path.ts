import { isAbsolute, resolve } from 'node:path'
import { InvalidRequestError } from '@arcp/protocol'

/**
 * The absolute form of a path as an agent names it, `..` resolved by its text.
 *
 * @throws INVALID_REQUEST for what is no path, or a relative one where there is nothing it counts from
 */
export function absolutePath(path: unknown, fsRoot: string | undefined): string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new InvalidRequestError('path: expected a text that is not empty and holds no NUL')
  }
  if (fsRoot === undefined && !isAbsolute(path)) {
    throw new InvalidRequestError('path: expected an absolute one, for this runtime has no fsRoot')
  }
  return resolve(fsRoot ?? '/', path)
}
