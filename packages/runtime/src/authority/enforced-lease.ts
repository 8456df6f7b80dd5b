import type { Lease } from '@arcp/protocol'
import type { Excess } from '@arcp/protocol/lease'
import { enforcedPattern, FS_NAMESPACES, toldPattern } from './fs-patterns'

/** A lease as it is enforced. */
export interface EnforcedLease {
  readonly lease: Lease
  /** How something of `lease` was written before. */
  readonly asWritten: (excess: Excess) => Excess
  /** The first pattern for files that leads nowhere, and so stands for nothing. */
  readonly lost: Excess | undefined
}

/**
 * Resolves the patterns for files; those of all other namespaces are enforced as they are. `docs/protocol.md` §7.
 *
 * @param links whether links are followed, which they are not where they have been before
 */
export async function enforcedLease(
  lease: Lease,
  fsRoot: string | undefined,
  links = true,
): Promise<EnforcedLease> {
  const enforced = copyOfLease(lease)
  const written = new Map<string, string>()
  let lost: Excess | undefined
  for (const [namespace, patterns] of Object.entries(lease)) {
    if (!FS_NAMESPACES.has(namespace)) continue
    const real: string[] = []
    for (const pattern of patterns) {
      const one = await enforcedPattern(pattern, fsRoot, links)
      if (one === undefined) lost ??= { namespace, pattern }
      else real.push(one)
      if (one !== undefined) written.set(`${namespace} ${one}`, pattern)
    }
    enforced[namespace] = real
  }
  const asWritten = ({ namespace, pattern }: Excess): Excess => {
    return { namespace, pattern: written.get(`${namespace} ${pattern}`) ?? pattern }
  }
  return { lease: enforced, asWritten, lost }
}

/** An enforced lease as it may be told others, to be read again by the same runtime. */
export function toldLease(enforced: Lease, fsRoot: string | undefined): Lease {
  const told = copyOfLease(enforced)
  for (const namespace of FS_NAMESPACES) {
    const patterns = enforced[namespace]
    if (patterns) told[namespace] = patterns.map((pattern) => toldPattern(pattern, fsRoot))
  }
  return told
}

/** A lease that shares nothing with the other one, so that whoever changes it changes nothing else. */
export function copyOfLease(lease: Lease): Lease {
  return Object.fromEntries(Object.entries(lease).map(([namespace, patterns]) => [namespace, [...patterns]]))
}
