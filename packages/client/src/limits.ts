/**
 * Every bound of a client. What happens at each is said beside it; none of them touches more than what reached it.
 * Bytes of text are counted as UTF-16 code units, which is what they take in memory or less.
 */
export interface ClientLimits {
  /** How long the `token` function may take, in milliseconds; then connecting fails. Default 30,000. */
  readonly tokenTimeoutMs: number
  /** How long the dialer may take to open a connection, in milliseconds; then connecting fails. Default 5,000. */
  readonly dialTimeoutMs: number
  /** How long the runtime may take to welcome, in milliseconds; then connecting fails. Default 5,000. */
  readonly welcomeTimeoutMs: number
  /**
   * How long the runtime may take to answer a request, in milliseconds, counted from when it was sent; then that call
   * rejects with a `ConnectionError`. A submit's job may run all the same. Default 60,000.
   */
  readonly answerTimeoutMs: number
  /**
   * How long a client seeks its runtime after the connection broke, in milliseconds, a connection shorter than 5 s not
   * counted as found; then it is closed. 0: it never does. Default 600,000.
   */
  readonly reconnectForMs: number
  /** The longest wait before the second attempt to come back, in milliseconds; it doubles. Default 250. */
  readonly backoffMs: number
  /** The longest wait before any attempt to come back, in milliseconds. Default 30,000. */
  readonly maxBackoffMs: number
  /** How long `close` waits for the runtime's farewell, in milliseconds; then it hangs up. Default 2,000. */
  readonly closeTimeoutMs: number
  /** Submits that are sent and not answered; more wait in the client. Default 1,000, the most a runtime allows. */
  readonly unansweredSubmits: number
  /** Requests without an answer, waiting ones included; a further one rejects with `INTERNAL_ERROR`. Default 10,000. */
  readonly pendingRequests: number
  /** Their bytes; a further one rejects with `INTERNAL_ERROR`. Default 64 MiB. */
  readonly pendingBytes: number
  /**
   * Events of a job that wait to be read. Beyond it the oldest go, as long as nobody has called `events()`; then the
   * runtime is asked to send no more of this job until half of them are read. Default 1,000.
   */
  readonly unreadEvents: number
  /** Their bytes; and those of a `resultStream()`, counted by themselves. Default 4 MiB. */
  readonly unreadBytes: number
  /** Events of jobs whose submit is not answered yet; beyond it those of the job first heard of go. Default 1,000. */
  readonly unclaimedEvents: number
  /** Their bytes. Default 4 MiB. */
  readonly unclaimedBytes: number
  /**
   * Bytes of one job's result, unless it is streamed; a larger one rejects with `INTERNAL_ERROR`, its job is unharmed.
   * Default 256 MiB.
   */
  readonly resultBytes: number
  /**
   * Bytes of the unfinished results of all running jobs together; the result that would exceed it rejects with
   * `INTERNAL_ERROR`. Default 512 MiB.
   */
  readonly resultBytesInAll: number
}

const MIB = 1024 * 1024

/** What holds where `connect` is told nothing else. */
export const DEFAULT_LIMITS: ClientLimits = {
  tokenTimeoutMs: 30_000,
  dialTimeoutMs: 5_000,
  welcomeTimeoutMs: 5_000,
  answerTimeoutMs: 60_000,
  reconnectForMs: 600_000,
  backoffMs: 250,
  maxBackoffMs: 30_000,
  closeTimeoutMs: 2_000,
  unansweredSubmits: 1_000,
  pendingRequests: 10_000,
  pendingBytes: 64 * MIB,
  unreadEvents: 1_000,
  unreadBytes: 4 * MIB,
  unclaimedEvents: 1_000,
  unclaimedBytes: 4 * MIB,
  resultBytes: 256 * MIB,
  resultBytesInAll: 512 * MIB,
}
