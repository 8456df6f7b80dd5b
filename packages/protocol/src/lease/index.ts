/* What a lease allows. */

/* What may be spent. */
export { AMOUNT_DECIMALS, type Amount, formatAmount, parseAmount } from './amount'
export { type Budget, budgetOf, isCurrency } from './budget'
export { covers, type Excess, excessOf, leaseIssues, patternsOf } from './coverage'
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
export { canonicalUrl } from './url-pattern'
