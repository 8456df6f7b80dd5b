import * as v from 'valibot'
import { anyObject, object } from '../fields'
import type { Schema } from '../schema'

/** An error as it travels. `docs/protocol.md` §9. */
export interface WireError {
  /** One of the known codes; a peer's unknown one is kept as it is. */
  code: string
  message: string
  /** Whether repeating the request may help. Absent from some peers: then `false`. */
  retryable?: boolean
  details?: Record<string, unknown>
}

/** The fields of an error, for messages that have others beside them. */
export const wireErrorEntries = () => ({
  code: v.string(),
  message: v.string(),
  retryable: v.optional(v.boolean()),
  details: v.optional(anyObject),
})

/** Checks an error as it travels. */
export const wireErrorSchema: Schema<WireError> = /* @__PURE__ */ object(wireErrorEntries)
