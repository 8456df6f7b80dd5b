import * as v from 'valibot'
import type { Schema } from '../schema'
import { timestampSchema } from '../timestamp'

/** What a job may touch: patterns for each namespace. `docs/protocol.md` §7. */
export interface Lease {
  [namespace: string]: string[]
}

/** How long a lease lasts. Either or both; the earlier end counts. `docs/protocol.md` §7. */
export interface LeaseConstraints {
  /** An absolute moment, UTC. */
  expires_at?: string
  /** Seconds from acceptance, above 0. */
  expires_in_s?: number
}

/** The namespaces this protocol defines; vendors add their own as `x-vendor.a.b`. */
export const LEASE_NAMESPACES = [
  'fs.read',
  'fs.write',
  'net.fetch',
  'tool.call',
  'agent.delegate',
  'model.use',
  'cost.budget',
] as const

const VENDOR_NAMESPACE = /^x-[a-z0-9_-]+(\.[a-z0-9_-]+)+$/i

/** Whether `name` is a namespace a lease may hold. */
export function isLeaseNamespace(name: string): boolean {
  return (LEASE_NAMESPACES as readonly string[]).includes(name) || VENDOR_NAMESPACE.test(name)
}

/** Keys are checked apart: a record passes over keys such as `__proto__`, which must not slip into a lease. */
export const leaseSchema: Schema<Lease> = v.pipe(
  v.custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && Object.keys(value).every(isLeaseNamespace),
    'expected an object whose keys are namespaces of this protocol, or x-vendor.name',
  ),
  v.record(v.string(), v.array(v.pipe(v.string(), v.nonEmpty()))),
)

export const leaseConstraintsSchema: Schema<LeaseConstraints> = v.looseObject({
  expires_at: v.optional(timestampSchema),
  expires_in_s: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0))),
})
