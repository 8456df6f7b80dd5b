import * as v from 'valibot'
import type { Extensions } from '../extensions'
import { anyObject, received } from '../fields'
import type { Schema } from '../schema'

/** What a service is told to know one job by, made for that job and gone with it. `docs/protocol.md` §7. */
export interface Credential extends Extensions {
  /** Names it where its value has no place. */
  id: string
  scheme: 'bearer'
  /** The secret itself. */
  value: string
  /** Where it is good for: the base URL of a service. */
  endpoint: string
  /** What kind of service that is, in its own words. */
  profile?: string
  /** What the service holds whoever uses it to, in its own words; for people. */
  constraints?: Record<string, unknown>
}

/** Checks a credential. */
export const credentialSchema: Schema<Credential> = /* @__PURE__ */ received(() => ({
  id: v.string(),
  scheme: v.literal('bearer'),
  value: v.string(),
  endpoint: v.string(),
  profile: v.optional(v.string()),
  constraints: v.optional(anyObject),
}))
