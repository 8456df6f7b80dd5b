import { refuseOthers } from '@arcp/protocol'

/** Limits of the translation. What is beyond one is said at each. */
export interface CompatOptions {
  /**
   * Runtime side: requests of one transport that wait for their answer. Default 1,000; one more is refused with
   * `INTERNAL_ERROR`. As many refusals of submits may wait for their turn; one more ends the transport.
   */
  readonly openRequests?: number
  /**
   * Runtime side: jobs of one transport whose end a client waits for. Default 10,000; a client with more is taken for one
   * that waits for good, so that nothing it might not survive is sent to it.
   */
  readonly openJobs?: number
  /**
   * Client side: sessions of one dialer that can be resumed. Default 100; of one more the oldest cannot, and is refused with
   * `RESUME_WINDOW_EXPIRED`.
   */
  readonly sessions?: number
  /**
   * Client side: requests of one session that wait for their answer. Default 10,000; one more is refused with
   * `INTERNAL_ERROR`.
   */
  readonly unansweredRequests?: number
  /**
   * Client side: for how long a request may be what an answer that does not say so answers, in milliseconds. Default
   * 120,000.
   */
  readonly answerMs?: number
  /**
   * Client side: jobs of one session that it follows. Default 10,000; of one more the oldest ends for the client with
   * `RESUME_WINDOW_EXPIRED`. As many of sessions that are lost are remembered to be so.
   */
  readonly followedJobs?: number
  /**
   * Client side: frames a client has not acknowledged. Default 10,000; a session resumed after one before them is refused
   * with `RESUME_WINDOW_EXPIRED`.
   */
  readonly unacknowledgedEvents?: number
  /**
   * Client side: events of one job that come before the answer to its subscription. Default 10,000; one more refuses that
   * with `INTERNAL_ERROR`.
   */
  readonly heldEvents?: number
  /**
   * Client side: the same, in characters of their frames. Default 64 Mi.
   */
  readonly heldSize?: number
  /**
   * Client side: idempotency keys whose lease's end is remembered, so that a submit repeated is the same. Default 1,000,
   * oldest forgotten first.
   */
  readonly keyedExpiries?: number
}

/** {@link CompatOptions}, every default filled in. */
export type CompatLimits = Required<CompatOptions>

const DEFAULTS: CompatLimits = {
  openRequests: 1_000,
  openJobs: 10_000,
  sessions: 100,
  unansweredRequests: 10_000,
  answerMs: 120_000,
  followedJobs: 10_000,
  unacknowledgedEvents: 10_000,
  heldEvents: 10_000,
  heldSize: 64 * 1024 * 1024,
  keyedExpiries: 1_000,
}

/** @throws TypeError for a limit that is no positive integer, and for an option there is none of */
export function resolveOptions(options: CompatOptions): CompatLimits {
  const limits = { ...DEFAULTS }
  for (const name of Object.keys(DEFAULTS) as (keyof CompatLimits)[]) {
    const value = options[name]
    // What is `undefined` is as if it were not there.
    if (value === undefined) continue
    if (!(Number.isSafeInteger(value) && value > 0)) throw new TypeError(`${name} must be a positive integer`)
    Object.assign(limits, { [name]: value })
  }
  refuseOthers(Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(DEFAULTS, name))))
  return limits
}
