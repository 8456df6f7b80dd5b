import { type Issue, type JobSubmit, type Lease, type LeaseConstraints, utf8Length } from '@arcp/protocol'
import { budgetOf, leaseDuration, leaseIssues, patternsOf } from '@arcp/protocol/lease'

/** How much one lease may name. */
export interface LeaseSizes {
  readonly leasePatterns: number
  readonly currencies: number
}

/** Bounds of one lease. */
export interface LeaseLimits extends LeaseSizes {
  readonly maxFrameBytes: number
}

/** What is wrong with the lease a submit asks for, whoever asks. `docs/protocol.md` §7. */
export function leaseRequestIssues(submit: JobSubmit, limits: LeaseLimits, now: number): readonly Issue[] {
  const { lease_request = {}, lease_constraints = {} } = submit
  const tooMuch = excessIn(lease_request, limits)
  if (tooMuch) return [tooMuch]
  return [...leaseIssues(lease_request, PATH), ...constraintIssues(lease_constraints, now)]
}

/** What is wrong with how long a lease shall last. */
export function constraintIssues(constraints: LeaseConstraints, now: number): readonly Issue[] {
  const duration = leaseDuration(constraints, now)
  if (!('fault' in duration)) return []
  const { field, message } = duration.fault
  return [{ path: `payload.lease_constraints.${field}`, message }]
}

const PATH = 'payload.lease_request'

/** A lease travels in answers, and comparing it takes time. */
function excessIn(lease: Lease, limits: LeaseLimits): Issue | undefined {
  const maxBytes = Math.floor(limits.maxFrameBytes / 4)
  if (utf8Length(JSON.stringify(lease)) > maxBytes) {
    return { path: PATH, message: `expected at most ${maxBytes} bytes` }
  }
  if (Object.values(lease).flat().length > limits.leasePatterns) {
    return { path: PATH, message: `expected at most ${limits.leasePatterns} patterns` }
  }
  if (budgetOf(patternsOf(lease, 'cost.budget')).size > limits.currencies) {
    return { path: `${PATH}["cost.budget"]`, message: `expected at most ${limits.currencies} currencies` }
  }
  return undefined
}
