export { matchesGlob } from './glob'
export { isLeaseNamespace, LEASE_NAMESPACES, type Lease, type LeaseConstraints } from './lease'
