import { isLeaseNamespace, type Lease } from '@arcp/protocol'
import { leaseIssues } from '@arcp/protocol/lease'
import type { Scope } from '@arcp/protocol/store'
import { FS_NAMESPACES } from './fs-patterns'

/**
 * The most a job of this agent (`name@version`) may be granted when this identity asks for it. What is asked for beyond
 * it is refused, never cut down. A currency that only the ceiling names is the job's all the same, so that nobody
 * spends without a limit by not asking for one. One that throws or rejects fails the submit with INTERNAL_ERROR.
 * `docs/protocol.md` §7.
 */
export type Ceiling = (scope: Scope, agent: string) => CeilingLease | Promise<CeilingLease>

/** What a {@link Ceiling} grants: patterns for each namespace; one it does not name, or of `undefined`, is not granted. */
export interface CeilingLease {
  readonly [namespace: string]: readonly string[] | undefined
}

/** The ceiling there is unless told otherwise: files below `fsRoot` only, URLs of public hosts only, the rest as asked. */
export function defaultCeiling(asked: Lease, fsRoot: string | undefined): Lease {
  const granted = Object.keys(asked).filter((namespace) => {
    return FS_NAMESPACES.has(namespace) ? fsRoot !== undefined : namespace !== 'cost.budget'
  })
  return Object.fromEntries(granted.map((namespace) => [namespace, ['**']]))
}

/**
 * What a ceiling grants, as a lease.
 *
 * @throws TypeError for what is none: a typing error in a ceiling must not silently forbid or allow
 */
export function checkedCeiling(granted: CeilingLease): Lease {
  const lease: Lease = {}
  for (const [namespace, patterns] of Object.entries(granted)) {
    if (!isLeaseNamespace(namespace)) throw new TypeError(`the ceiling's ${namespace} is no namespace`)
    if (patterns === undefined) continue
    if (!isTexts(patterns)) throw new TypeError(`the ceiling's ${namespace} is no list of patterns`)
    lease[namespace] = [...patterns]
  }
  const [issue] = leaseIssues(lease, 'ceiling')
  if (issue) throw new TypeError(`${issue.path}: ${issue.message}`)
  return lease
}

function isTexts(patterns: unknown): patterns is readonly string[] {
  return Array.isArray(patterns) && patterns.every((pattern) => typeof pattern === 'string')
}
