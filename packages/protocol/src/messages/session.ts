import * as v from 'valibot'
import type { Extensions } from '../extensions'
import { count, mapOf, name, positiveAmount, positiveCount, received } from '../fields'
import type { Schema } from '../schema'

/** `session.hello`: the first frame of a client. `docs/protocol.md` §2. */
export interface SessionHello extends Extensions {
  client: { name: string; version: string }
  auth: { scheme: 'bearer'; token: string }
  capabilities: { encodings: string[]; features?: string[] }
  /** Asks for an earlier session instead of a new one. */
  resume?: SessionResume
}

/** What proves an earlier session and tells where to go on. */
export interface SessionResume {
  session_id: string
  resume_token: string
  last_event_seq: number
  /** The jobs to follow from then on, each after its `seq`. */
  cursors?: Record<string, { seq: number; log_epoch: string }>
}

const resumeSchema = /* @__PURE__ */ received(() => ({
  session_id: name,
  resume_token: v.string(),
  last_event_seq: count,
  cursors: v.optional(
    v.pipe(
      mapOf(
        received(() => ({ seq: count, log_epoch: v.string() })),
        'expected an object of {seq, log_epoch}',
      ),
      v.check(
        (cursors) => Object.keys(cursors).every((id) => v.is(name, id)),
        'expected the ids of jobs as keys',
      ),
    ),
  ),
}))

/** Checks the payload of `session.hello`. */
export const sessionHelloSchema: Schema<SessionHello> = /* @__PURE__ */ received(() => ({
  client: received(() => ({ name, version: name })),
  auth: received(() => ({ scheme: v.literal('bearer'), token: v.string() })),
  capabilities: received(() => ({
    encodings: v.pipe(v.array(v.string()), v.includes('json', 'expected to include "json"')),
    features: v.optional(v.array(v.string())),
  })),
  resume: v.optional(resumeSchema),
}))

/** An agent as the welcome lists it: those the session may call. */
export interface AgentListing {
  name: string
  versions: string[]
  /** The version a bare name means. */
  default?: string
}

/** `session.welcome`: the session stands. `docs/protocol.md` §2. */
export interface SessionWelcome extends Extensions {
  session_id: string
  runtime: { name: string; version: string }
  /** Proves this session when it is resumed. A secret. */
  resume_token: string
  /** How long a session without a transport is kept, in seconds. */
  resume_window_sec: number
  /** When agreed: how long a side may be silent before it pings, in seconds. */
  heartbeat_interval_sec?: number
  /** When agreed: how much may be under way before an acknowledgement. */
  ack_window?: { events: number; bytes: number }
  /** The largest frame, in bytes, the runtime takes and sends. */
  max_frame_bytes: number
  accepted_at: string
  capabilities: { encodings: string[]; features: string[]; agents: AgentListing[] }
}

/** Checks the payload of `session.welcome`. */
export const sessionWelcomeSchema: Schema<SessionWelcome> = /* @__PURE__ */ received(() => ({
  session_id: v.string(),
  runtime: received(() => ({ name: v.string(), version: v.string() })),
  resume_token: v.string(),
  resume_window_sec: positiveAmount,
  heartbeat_interval_sec: v.optional(positiveAmount),
  ack_window: v.optional(received(() => ({ events: positiveCount, bytes: positiveCount }))),
  max_frame_bytes: positiveCount,
  accepted_at: v.string(),
  capabilities: received(() => ({
    encodings: v.array(v.string()),
    features: v.array(v.string()),
    agents: v.array(
      received(() => ({
        name: v.string(),
        versions: v.array(v.string()),
        default: v.optional(v.string()),
      })),
    ),
  })),
}))

/** `session.close`: the client ends the session; its jobs run on. */
export interface SessionClose extends Extensions {
  reason?: string
}

/** Checks the payload of `session.close`. */
export const sessionCloseSchema: Schema<SessionClose> = /* @__PURE__ */ received(() => ({
  reason: v.optional(v.string()),
}))

/** Why a runtime ends a transport; each says what the client does next. `docs/protocol.md` §2. */
export const CLOSE_REASONS = [
  'bye',
  'taken_over',
  'token_expired',
  'heartbeat_lost',
  'slow_consumer',
  'protocol_error',
  'shutdown',
  'session_limit',
] as const

/** A reason of {@link CLOSE_REASONS}. */
export type CloseReason = (typeof CLOSE_REASONS)[number]

/** `session.closed`: sent before every close a runtime makes. */
export interface SessionClosed extends Extensions {
  /** One of {@link CLOSE_REASONS}; a peer's unknown one is kept as it is. */
  reason: string
  /** Whether the session can be resumed. */
  resume: boolean
  /** When to come back, in milliseconds. */
  retry_after_ms?: number
}

/** Checks the payload of `session.closed`. */
export const sessionClosedSchema: Schema<SessionClosed> = /* @__PURE__ */ received(() => ({
  reason: v.string(),
  resume: v.boolean(),
  retry_after_ms: v.optional(count),
}))
