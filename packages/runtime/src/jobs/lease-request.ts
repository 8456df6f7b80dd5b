import { type JobSubmit, type Lease, PermissionDeniedError } from '@arcp/protocol'

/** The namespaces whose grants are enforced. */
const ENFORCED: ReadonlySet<string> = new Set(['tool.call'])

/**
 * The lease a submit gets: what it asked for, or nothing at all. What would not be enforced is refused, never granted.
 *
 * @throws PERMISSION_DENIED
 */
export function grantLease({ lease_request, lease_constraints }: JobSubmit): Lease {
  for (const [namespace, patterns] of Object.entries(lease_request ?? {})) {
    if (ENFORCED.has(namespace)) continue
    throw new PermissionDeniedError(`this runtime does not grant ${namespace}`, {
      details: { namespace, pattern: patterns[0] ?? '' },
    })
  }
  if (lease_constraints && Object.keys(lease_constraints).length > 0) {
    throw new PermissionDeniedError('this runtime does not limit leases in time', {
      details: { path: 'lease_constraints' },
    })
  }
  return { ...lease_request }
}
