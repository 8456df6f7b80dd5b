import type { Extensions } from '../extensions'
import { count, received } from '../fields'
import type { Schema } from '../schema'

/** `session.ack`: everything up to this `event_seq` has been taken in. `docs/protocol.md` §5. */
export interface SessionAck extends Extensions {
  last_processed_seq: number
}

/** Checks the payload of `session.ack`. */
export const sessionAckSchema: Schema<SessionAck> = /* @__PURE__ */ received(() => ({
  last_processed_seq: count,
}))
