/* What a lease allows. */

/* What may be spent. */
export { type Amount, formatAmount, parseAmount } from './amount'
export { type Budget, budgetOf, isCurrency, lookAlike } from './budget'
export { type Coverage, coverageOf, covers } from './coverage'
export { type Excess, excessOf } from './excess'
/* How long it lasts. */
export { type ConstraintFault, leaseDuration, MAX_LEASE_MS } from './expiry'
export { matchesGlob } from './glob'
export {
  isLeaseNamespace,
  LEASE_NAMESPACES,
  type Lease,
  type LeaseConstraints,
  leaseConstraintsSchema,
  leaseSchema,
} from './lease'
export { leaseIssues } from './lease-issues'
export { privateHostOf } from './private-host'
export { isPublicAddress } from './public-address'
export { patternsOf } from './reading'
