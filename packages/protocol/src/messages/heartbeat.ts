import * as v from 'valibot'
import type { Extensions } from '../extensions'
import { count, name, received } from '../fields'
import type { Schema } from '../schema'

/** `session.ping`: asks whether the peer still lives. `docs/protocol.md` §2. */
export interface SessionPing extends Extensions {
  /** Comes back in the pong; 1 to 256 characters. */
  nonce: string
  sent_at?: string
}

/** Checks the payload of `session.ping`. */
export const sessionPingSchema: Schema<SessionPing> = /* @__PURE__ */ received(() => ({
  nonce: name,
  sent_at: v.optional(v.string()),
}))

/** `session.pong`: the answer to a ping. */
export interface SessionPong extends Extensions {
  ping_nonce: string
  received_at: string
}

/** Checks the payload of `session.pong`. */
export const sessionPongSchema: Schema<SessionPong> = /* @__PURE__ */ received(() => ({
  ping_nonce: v.string(),
  received_at: v.string(),
}))

/** `job.heartbeat`: a job runs that has said nothing for a while; no event of its log. `docs/protocol.md` §4. */
export interface JobHeartbeat extends Extensions {
  /** Since the agent was called. */
  running_for_ms: number
}

/** Checks the payload of `job.heartbeat`. */
export const jobHeartbeatSchema: Schema<JobHeartbeat> = /* @__PURE__ */ received(() => ({
  running_for_ms: count,
}))
