import type { Issue } from '../schema'
import type { Lease } from './lease'
import { readingOf } from './reading'

/** What is wrong with the patterns of a lease, each with its path below `prefix`. */
export function leaseIssues(lease: Lease, prefix = 'lease_request'): Issue[] {
  return Object.entries(lease).flatMap(([namespace, patterns]) => {
    const faults = readingOf(namespace).faults?.(patterns) ?? []
    return faults.flatMap((message, i) =>
      message === undefined ? [] : [{ path: `${prefix}["${namespace}"][${i}]`, message }],
    )
  })
}
