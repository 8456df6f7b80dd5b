import * as v from 'valibot'
import { positiveAmount, received, shortText, textOf } from '../fields'
import { isObject } from '../json'
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

/** The most characters of one pattern: matching takes time in proportion to it. */
const MAX_PATTERN_LENGTH = 1024

/** Keys that `v.record` passes over, and that must not slip into a lease unseen. */
const passedOver = ['__proto__', 'prototype', 'constructor']

/** Checks the form of a lease; of its patterns `leaseIssues` says more. */
export const leaseSchema: Schema<Lease> = /* @__PURE__ */ (() =>
  v.pipe(
    v.custom<Record<string, unknown>>(
      (value) => isObject(value) && !passedOver.some((key) => Object.hasOwn(value, key)),
      'expected an object of namespaces',
    ),
    v.record(
      textOf(isLeaseNamespace, 'expected a namespace of this protocol, or x-vendor.name'),
      v.array(shortText(MAX_PATTERN_LENGTH)),
    ),
  ))()

/** Checks the form of a lease's constraints; whether they lie ahead `leaseDuration` says. */
export const leaseConstraintsSchema: Schema<LeaseConstraints> = /* @__PURE__ */ received(() => ({
  expires_at: v.optional(timestampSchema),
  expires_in_s: v.optional(positiveAmount),
}))
