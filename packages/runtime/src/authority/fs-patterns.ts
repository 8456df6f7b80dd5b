import { isAbsolute, resolve } from 'node:path'
import { realPathOf, slashed } from './real-path'

/** The namespaces whose patterns stand for files. */
export const FS_NAMESPACES: ReadonlySet<string> = new Set(['fs.read', 'fs.write'])

/**
 * A pattern for files as it is enforced: absolute, and real up to its first wildcard, so that a link means what it leads
 * to at this moment. `undefined` where that cannot be told: a relative one without `fsRoot`, or a path that leads
 * nowhere. `docs/protocol.md` §7.
 *
 * @param links whether links are followed, which they are not where they have been before
 */
export async function enforcedPattern(
  pattern: string,
  fsRoot: string | undefined,
  links = true,
): Promise<string | undefined> {
  const { literal, rest } = split(pattern)
  if (!isAbsolute(pattern) && fsRoot === undefined) return undefined
  const path = resolve(fsRoot ?? '/', literal)
  const real = links ? await realPathOf(path).catch(() => undefined) : slashed(path)
  // A directory of such a name would stand for others once it is part of a pattern.
  if (real?.includes('*') !== false) return undefined
  return [real === '/' ? '' : real, ...rest].join('/') || '/'
}

/** An enforced pattern as it may be told others: where the root is, is none of their business. */
export function toldPattern(pattern: string, fsRoot: string | undefined): string {
  if (pattern === fsRoot) return '.'
  const below = fsRoot === '/' ? '/' : `${fsRoot}/`
  return fsRoot !== undefined && pattern.startsWith(below) ? pattern.slice(below.length) : pattern
}

/** What stands before the first segment with a wildcard, and the segments from there on. */
function split(pattern: string): { readonly literal: string; readonly rest: readonly string[] } {
  const star = pattern.indexOf('*')
  if (star === -1) return { literal: pattern, rest: [] }
  const wildAt = pattern.lastIndexOf('/', star) + 1
  return { literal: pattern.slice(0, wildAt), rest: pattern.slice(wildAt).split('/') }
}
