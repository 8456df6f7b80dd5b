import { realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { slashed } from './real-path'

/**
 * The directory that relative paths start from, absolute and real.
 *
 * @throws TypeError when there is no such directory
 */
export function resolveFsRoot(fsRoot: string | undefined): string | undefined {
  if (fsRoot === undefined) return undefined
  const real = directoryAt(resolve(fsRoot))
  // In a pattern such a name would stand for others.
  if (real === undefined || real.includes('*'))
    throw new TypeError(`fsRoot: ${fsRoot} is no directory to start from`)
  return slashed(real)
}

function directoryAt(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? realpathSync.native(path) : undefined
  } catch {
    return undefined
  }
}
