import * as v from 'valibot'
import { type WireError, wireErrorEntries } from '../errors/wire-error'
import { received } from '../fields'
import type { Schema } from '../schema'

/**
 * `session.error`: with `request_id` the answer to that request and to nothing else, without one a fault nobody asked
 * about, or the refusal of a hello. `docs/protocol.md` §2.
 */
export interface SessionError extends WireError {
  request_id?: string
}

/** Checks the payload of `session.error`. */
export const sessionErrorSchema: Schema<SessionError> = /* @__PURE__ */ received(() => ({
  ...wireErrorEntries(),
  request_id: v.optional(v.string()),
}))
