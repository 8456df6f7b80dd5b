import { isAbsolute, resolve } from 'node:path'
import { realPathOf } from './real-path'

/** The namespaces whose patterns stand for files. */
export const FS_NAMESPACES: ReadonlySet<string> = new Set(['fs.read', 'fs.write'])

/**
 * A pattern for files as it is enforced: absolute, and real up to its first wildcard, so that a link means what it leads
 * to at this moment. `undefined` where that cannot be told: a relative one without `fsRoot`, or a path that leads
 * nowhere. `docs/protocol.md` §7.
 */
export async function enforcedPattern(
  pattern: string,
  fsRoot: string | undefined,
): Promise<string | undefined> {
  const { literal, rest } = split(pattern)
  if (!isAbsolute(pattern) && fsRoot === undefined) return undefined
  const real = await realPathOf(resolve(fsRoot ?? '/', literal)).catch(() => undefined)
  // A directory of such a name would stand for others once it is part of a pattern.
  if (real?.includes('*') !== false) return undefined
  return [real === '/' ? '' : real, ...rest].join('/') || '/'
}

/** What stands before the first segment with a wildcard, and the segments from there on. */
function split(pattern: string): { readonly literal: string; readonly rest: readonly string[] } {
  const star = pattern.indexOf('*')
  if (star === -1) return { literal: pattern, rest: [] }
  const wildAt = pattern.lastIndexOf('/', star) + 1
  return { literal: pattern.slice(0, wildAt), rest: pattern.slice(wildAt).split('/') }
}
