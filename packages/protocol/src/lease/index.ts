// Leases

export {
  isLeaseNamespace,
  LEASE_NAMESPACES,
  type Lease,
  type LeaseConstraints,
  leaseConstraintsSchema,
  leaseSchema,
} from './lease'
export { leaseIssues } from './lease-issues'
export { patternsOf } from './reading'

// What they cover

export { type Coverage, coverageOf, covers } from './coverage'
export { type Excess, excessOf } from './excess'
export { matchesGlob } from './glob'
export { privateHostOf } from './private-host'
export { isPublicAddress } from './public-address'

// What may be spent

export { type Amount, formatAmount, parseAmount } from './amount'
export { type Budget, budgetOf, isCurrency, lookAlike } from './budget'

// How long they last

export { type ConstraintFault, leaseDuration } from './expiry'
