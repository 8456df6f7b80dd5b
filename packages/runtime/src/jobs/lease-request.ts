import {
  InvalidRequestError,
  type JobSubmit,
  type Lease,
  PermissionDeniedError,
  utf8Length,
} from '@arcp/protocol'

/** The namespaces whose grants are enforced. */
const ENFORCED: ReadonlySet<string> = new Set(['tool.call'])

/**
 * The lease a submit gets: what it asked for, or nothing at all. What would not be enforced is refused, never granted.
 *
 * @param maxBytes what a lease may take as JSON, for it travels in answers
 * @throws PERMISSION_DENIED; INVALID_REQUEST for a lease that is too large
 */
export function grantLease({ lease_request, lease_constraints }: JobSubmit, maxBytes: number): Lease {
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
  if (utf8Length(JSON.stringify(lease_request ?? {})) > maxBytes) {
    const message = `expected at most ${maxBytes} bytes`
    throw new InvalidRequestError(`lease_request: ${message}`, {
      details: { issues: [{ path: 'payload.lease_request', message }] },
    })
  }
  return { ...lease_request }
}
