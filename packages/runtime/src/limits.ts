import { refuseOthers } from '@arcp/protocol'

/** Every bound of a runtime. Reaching one fails what reached it, never its neighbours. */
export interface Limits {
  /** The largest frame taken and sent, in bytes, told in the welcome; at least 4096. */
  readonly maxFrameBytes: number
  /** From connecting to a complete hello, in milliseconds; then the connection is closed. */
  readonly handshakeMs: number
  /** How long authentication may take, in milliseconds; then the hello is refused. */
  readonly authenticationMs: number
  /** Connections that have not opened a session yet; a further one is closed at once. */
  readonly handshakes: number
  /** Sessions at the same time, parked ones included; one more ends the longest parked, or its hello is refused. */
  readonly sessions: number
  /** The same of one principal; a further hello is refused. */
  readonly sessionsPerPrincipal: number
  /** Sessions without a connection that are kept; beyond, the longest parked one ends. */
  readonly parkedSessions: number
  /** How long a session without a connection is kept, in milliseconds. */
  readonly resumeWindowMs: number
  /** How long a side may say nothing before it pings, in milliseconds; after twice as long it counts as gone. */
  readonly heartbeatMs: number
  /** How long a running job may have nothing to say before a heartbeat says that it runs, in milliseconds. */
  readonly jobHeartbeatMs: number
  /** Frames a connection may send within a second; beyond, it is closed and may come back a second later. */
  readonly messagesPerSecond: number
  /** The same of all connections of one principal; the one that sends the next one is closed. */
  readonly messagesPerSecondPerPrincipal: number
  /** Unreadable frames a session may send within a minute; the last of them closes it. */
  readonly unreadableFrames: number
  /** Submits of one session that have not been answered yet; a further one is refused. */
  readonly pendingSubmits: number
  /** The same of all sessions of one principal. */
  readonly pendingSubmitsPerPrincipal: number
  /** What submits without an answer may hold together, in UTF-16 code units; a further one is refused. */
  readonly pendingSubmitSize: number
  /** The same of one principal. */
  readonly pendingSubmitSizePerPrincipal: number
  /** The largest delegation token taken and made, in characters. */
  readonly delegationTokenSize: number
  /** Actors one after the other that a delegation token may name; one with more is refused. */
  readonly delegationHops: number
  /** Used delegation tokens that are kept until their time is over; a further one is refused before one is forgotten. */
  readonly delegationTokens: number
  /** The same of one principal. */
  readonly delegationTokensPerPrincipal: number
  /** Jobs that sessions follow, each session its own among them; a further submit or subscription is refused. */
  readonly subscriptions: number
  /** The same of one principal. */
  readonly subscriptionsPerPrincipal: number
  /** How long a submit may wait until it is accepted, in milliseconds; then it is refused. */
  readonly admissionMs: number
  /** With `ack` agreed: events a session is sent ahead of what it has acknowledged; told in the welcome. */
  readonly ackWindowEvents: number
  /**
   * The same in UTF-16 code units of payload. An event larger than that is sent when nothing else is under way.
   */
  readonly ackWindowBytes: number
  /**
   * How long a session may have events waiting and take nothing, neither acknowledge nor read, in milliseconds; then it
   * is closed as a slow consumer, and may resume.
   */
  readonly slowConsumerMs: number
  /** Bytes that may wait in a transport before a session's events are held back. */
  readonly sendBufferBytes: number
  /**
   * Bytes that may wait in a transport at all: answers are never held back, but a peer that asks on and does not read
   * them is closed as a slow consumer.
   */
  readonly maxBufferedBytes: number
  /** Jobs that have not ended, or whose owner has not been sent the end yet; a further submit is refused. */
  readonly activeJobs: number
  /** The same of one principal. */
  readonly activeJobsPerPrincipal: number
  /**
   * Jobs whose agents run at the same time; further ones wait. Children are counted by themselves, and theirs again, so
   * that no job waits for one that waits for its place; so are those that wait.
   */
  readonly runningJobs: number
  /** The same of one principal; what it leaves is for others. */
  readonly runningJobsPerPrincipal: number
  /** Jobs that wait for their turn; a further submit is refused. */
  readonly queuedJobs: number
  /** The same of one principal. */
  readonly queuedJobsPerPrincipal: number
  /** What the submits of waiting jobs may hold together, in UTF-16 code units; a further one is refused. */
  readonly queuedSize: number
  /** The same of one principal. */
  readonly queuedSizePerPrincipal: number
  /** Children of one job that have not ended; one more is refused. */
  readonly childJobs: number
  /** How many jobs one above the other a child may stand below; further down is refused. */
  readonly childDepth: number
  /**
   * Bytes of children's results that come in parts and are not whole yet, asked for or not, and 128 for each part; the one
   * that would exceed it is given up, its child is unharmed.
   */
  readonly childResultBytes: number
  /** The same of one principal. */
  readonly childResultBytesPerPrincipal: number
  /** Ended jobs that are kept once their owners have been sent the end, oldest forgotten first. */
  readonly endedJobs: number
  /** How long an ended job is kept, in milliseconds. */
  readonly endedJobMs: number
  /** What the logs of all ended jobs may hold together, in UTF-16 code units of payload, oldest forgotten first. */
  readonly endedLogSize: number
  /**
   * How long an idempotency key is kept at least, in milliseconds, with its job and the job's end; longer if the job is.
   */
  readonly idempotencyKeyMs: number
  /** Idempotency keys that are kept; a submit with a new one is refused before an older one is forgotten. */
  readonly keyedJobs: number
  /** The same of one principal. */
  readonly keyedJobsPerPrincipal: number
  /** What is kept of ended jobs for their keys alone, in UTF-16 code units; beyond, a new key is refused. */
  readonly keyedSize: number
  /** The same of one principal. */
  readonly keyedSizePerPrincipal: number
  /**
   * Events a job's log holds before its agent has to wait; at twice as many an agent that does not wait is failed. At
   * least 4.
   */
  readonly logEvents: number
  /** The same in UTF-16 code units of payload; at least 4096. */
  readonly logSize: number
  /** Patterns of one lease, over all namespaces; one more is refused. */
  readonly leasePatterns: number
  /**
   * Currencies a job may have to do with, limited ones and others; what names one more is refused. As many more that only
   * its children spend are recorded.
   */
  readonly currencies: number
  /** Reservations of one job that are open at the same time; one more is refused. */
  readonly reservations: number
  /**
   * Credentials that are there or still to be revoked; a submit or rotation that would take one more is refused.
   */
  readonly credentials: number
  /** The same of one principal. */
  readonly credentialsPerPrincipal: number
  /** What the credentials of one job may hold together, in bytes of JSON; never above a quarter of a frame. */
  readonly credentialBytes: number
  /** Revocations that one provisioner is asked for at the same time; others wait. */
  readonly revocations: number
  /** How long the end of a job waits for its credentials to be revoked, in milliseconds. */
  readonly revocationMs: number
  /** The largest result, in bytes; beyond, the job fails. */
  readonly resultBytes: number
  /** The largest result that travels inside `job.completed`, in bytes; never above a quarter of a frame. */
  readonly inlineResultBytes: number
  /** How long a cancelled agent may take to come to its end, in milliseconds. */
  readonly cancelGraceMs: number
  /**
   * How long closing waits for agents that have been told to stop, and for credentials to be revoked, in milliseconds;
   * then as long for what the store is to keep, for clients to be sent what is left, and for the store to close.
   */
  readonly closeMs: number
}

const MINUTE_MS = 60_000
const MIB = 1024 * 1024

/** The bounds a runtime has unless told otherwise. */
export const DEFAULT_LIMITS: Limits = {
  maxFrameBytes: MIB,
  handshakeMs: 10_000,
  authenticationMs: 4_000,
  handshakes: 1_000,
  sessions: 10_000,
  sessionsPerPrincipal: 1_000,
  parkedSessions: 5_000,
  resumeWindowMs: 10 * MINUTE_MS,
  heartbeatMs: MINUTE_MS / 2,
  jobHeartbeatMs: MINUTE_MS / 4,
  messagesPerSecond: 20_000,
  messagesPerSecondPerPrincipal: 100_000,
  unreadableFrames: 20,
  pendingSubmits: 1_000,
  pendingSubmitsPerPrincipal: 10_000,
  pendingSubmitSize: 256 * MIB,
  pendingSubmitSizePerPrincipal: 64 * MIB,
  delegationTokenSize: 8 * 1024,
  delegationHops: 8,
  delegationTokens: 100_000,
  delegationTokensPerPrincipal: 10_000,
  subscriptions: 200_000,
  subscriptionsPerPrincipal: 50_000,
  admissionMs: 10_000,
  ackWindowEvents: 2_000,
  ackWindowBytes: 4 * MIB,
  slowConsumerMs: MINUTE_MS / 2,
  sendBufferBytes: MIB,
  maxBufferedBytes: 16 * MIB,
  activeJobs: 50_000,
  activeJobsPerPrincipal: 20_000,
  runningJobs: 1_000,
  runningJobsPerPrincipal: 500,
  queuedJobs: 40_000,
  queuedJobsPerPrincipal: 10_000,
  queuedSize: 128 * MIB,
  queuedSizePerPrincipal: 32 * MIB,
  childJobs: 100,
  childDepth: 4,
  childResultBytes: 1024 * MIB,
  childResultBytesPerPrincipal: 512 * MIB,
  endedJobs: 1_000,
  endedJobMs: 60 * MINUTE_MS,
  endedLogSize: 128 * MIB,
  idempotencyKeyMs: 24 * 60 * MINUTE_MS,
  keyedJobs: 100_000,
  keyedJobsPerPrincipal: 50_000,
  keyedSize: 64 * MIB,
  keyedSizePerPrincipal: 32 * MIB,
  logEvents: 10_000,
  logSize: 8 * MIB,
  leasePatterns: 1_000,
  currencies: 16,
  reservations: 1_000,
  credentials: 100_000,
  credentialsPerPrincipal: 40_000,
  credentialBytes: 64 * 1024,
  revocations: 16,
  revocationMs: 5_000,
  resultBytes: 256 * MIB,
  inlineResultBytes: MIB / 4,
  cancelGraceMs: MINUTE_MS / 2,
  closeMs: 5_000,
}

/**
 * The limits in force.
 *
 * @throws TypeError when one is not a positive number, or too small to work with, or not one that clients can be told,
 * and where there is none of its name
 */
export function resolveLimits(changes: Partial<Limits> = {}): Limits {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined)
  const limits: Limits = { ...DEFAULT_LIMITS, ...Object.fromEntries(given) }
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) refuseOthers({ [name]: value }, 'limits.')
    if (!(typeof value === 'number' && value > 0))
      throw new TypeError(`limits.${name} must be a positive number`)
  }
  for (const [name, least] of Object.entries(LEAST)) {
    if (limits[name as keyof typeof LEAST] < least)
      throw new TypeError(`limits.${name} must be at least ${least}`)
  }
  for (const name of TOLD) {
    if (!Number.isSafeInteger(limits[name])) throw new TypeError(`limits.${name} must be a whole number`)
  }
  return limits
}

/** Below these there is no room for what the runtime itself has to say. */
const LEAST = { maxFrameBytes: 4096, logEvents: 4, logSize: 4096 }

/** What a welcome tells as it is. */
const TOLD = ['maxFrameBytes', 'resumeWindowMs', 'heartbeatMs'] as const
