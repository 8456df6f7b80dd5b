import { describeIssues, issuesOf, type Lease, type LeaseConstraints } from '@arcp/protocol'
import {
  budgetOf,
  leaseConstraintsSchema,
  leaseDuration,
  leaseIssues,
  leaseSchema,
  patternsOf,
} from '@arcp/protocol/lease'
import { Budget } from '../budget'
import type { LeaseBounds } from '../lease-bounds'
import type { LeaseSizes } from '../lease-issues'
import { ClaimFault } from './claim-fault'

/**
 * What `arcp_lease` bounds the leases of a token's jobs by.
 *
 * @param since what `expires_in_s` counts from, in milliseconds since the epoch
 * @throws ClaimFault
 */
export function leaseBoundsOf(claim: unknown, since: number, limits: LeaseSizes): LeaseBounds {
  if (typeof claim !== 'object' || claim === null) throw new ClaimFault('arcp_lease must be an object')
  for (const field of Object.keys(claim)) {
    if (!['lease', 'lease_constraints', 'links'].includes(field))
      throw new ClaimFault('arcp_lease has an unknown field')
  }
  const { lease, lease_constraints = {}, links } = claim as Record<string, unknown>
  if (links !== undefined && typeof links !== 'boolean')
    throw new ClaimFault('arcp_lease.links must be a boolean')
  const issues =
    issuesOf(leaseSchema, lease, 'arcp_lease.lease') ??
    issuesOf(leaseConstraintsSchema, lease_constraints, 'arcp_lease.lease_constraints') ??
    leaseIssues(lease as Lease, 'arcp_lease.lease')
  if (issues.length > 0) throw new ClaimFault(describeIssues(issues.slice(0, 1)))
  const { leasePatterns, currencies } = limits
  if (Object.values(lease as Lease).flat().length > leasePatterns) {
    throw new ClaimFault(`arcp_lease may have at most ${leasePatterns} patterns`)
  }
  const amounts = budgetOf(patternsOf(lease as Lease, 'cost.budget'))
  if (amounts.size > currencies) {
    throw new ClaimFault(`arcp_lease may limit at most ${currencies} currencies`)
  }
  const duration = leaseDuration(lease_constraints as LeaseConstraints, since)
  if ('fault' in duration) {
    const { field, message } = duration.fault
    throw new ClaimFault(`arcp_lease.lease_constraints.${field}: ${message}`)
  }
  const { ms } = duration
  return {
    lease: lease as Lease,
    ...(links !== undefined && { links }),
    endsAt: ms === undefined ? undefined : since + ms,
    ...(amounts.size > 0 && { budget: new Budget(amounts, amounts.size) }),
  }
}
