import type { Credential, JobEvent, JobState, Lease, LeaseConstraints } from '@arcp/protocol'

/**
 * A job this client follows. Its events, its result and its cancellation are each used without the others, in any
 * order, before or after its end; nothing rejects that nobody asked for. `docs/protocol.md` §3.
 */
export interface Job<Result = unknown> {
  readonly id: string
  /** `name@version` */
  readonly agent: string
  /** What the job may touch, as granted. `docs/protocol.md` §7. */
  readonly lease: Lease
  /**
   * When the lease ends: the moment, and the seconds from acceptance. `undefined` where it does not end.
   * `docs/protocol.md` §7.
   */
  readonly leaseConstraints: LeaseConstraints | undefined
  /** What may be spent, a decimal for each currency; `undefined` where nothing limits it. `docs/protocol.md` §7. */
  readonly budget: Readonly<Record<string, string>> | undefined
  /**
   * What the job is known by elsewhere, as the runtime told last; empty where it told nothing, as it does those that only
   * watch. Replaced with each `job.status` of the phase `credential_rotated`, and of no use once the job has ended. Secrets.
   * `docs/protocol.md` §7.
   */
  readonly credentials: readonly Credential[]
  /** Shared by everything that belongs to this piece of work. */
  readonly traceId: string
  /** When the runtime took it, RFC 3339; `undefined` for a job that is only watched. */
  readonly acceptedAt: string | undefined
  /** Proves this job when it is taken up again. A secret; `undefined` while the runtime has told none. */
  readonly resumeToken: string | undefined
  /**
   * The job's events in order of their `seq`, without a gap, up to and with the terminal one. Each is one flat object:
   * the payload as it came, `x-*` included, and its `type`. One of a type this version does not know comes as it is.
   *
   * Until the first call the newest 1,000 events or 4 MiB are kept; the `seq` of the first event tells where the
   * iteration starts. A job has one iteration at a time. One that is left early lets go of everything; another may
   * follow and starts with what comes next, or with the terminal. Once the result has been asked for, events nobody
   * iterates over are not kept.
   *
   * From the first call on nothing is left out: where as much waits to be read, the runtime is asked to send no more
   * of this job, and to go on when half of it has been read. Other jobs are not slowed; but the job's own end, and with
   * it its result, comes after its events, so an iteration is read on or left. `docs/protocol.md` §5.
   *
   * An iteration throws `ConnectionError` when the connection ended before the job, `RESUME_WINDOW_EXPIRED` when the
   * runtime no longer holds what comes next, `INTERNAL_ERROR` when it left some out; the job is unharmed. Where the
   * runtime no longer has the job itself, it throws as {@link result} rejects.
   *
   * @throws TypeError while another iteration goes on
   */
  events(): AsyncIterableIterator<JobEvent>
  /**
   * What the agent returned; the same promise each time. A result sent in chunks is put together: JSON is parsed, text
   * is a string, bytes are a `Uint8Array`.
   *
   * Rejects with the error of its code when the job failed, with `CancelledError` when it was cancelled, with
   * `ConnectionError` when the connection ended before it (the job runs on), with `INTERNAL_ERROR` when the result is
   * larger than 256 MiB or its chunks do not fit together, and with `TypeError` after {@link resultStream}. A runtime
   * that has lost the job, as by a restart, is found out when the client comes back: with `RESUME_WINDOW_EXPIRED`, or
   * `JOB_NOT_FOUND` for a job that is only watched. `docs/protocol.md` §6, §9.
   */
  result(): Promise<Result>
  /**
   * The result as bytes while they come: the text or bytes the agent writes, or the JSON text of a value. It is taken
   * once, here or by {@link result}, and has no limit: of what comes once it is asked for, about 4 MiB wait to be read,
   * then the runtime is asked to send no more of this job until half of them are. It errors where `result()` rejects,
   * after the bytes that came before. One that is neither read nor cancelled holds its job. `docs/protocol.md` §5, §6.
   *
   * @throws TypeError when the result has been taken already
   */
  resultStream(): ReadableStream<Uint8Array>
  /**
   * Calls `listener` at each chunk of the result, with the bytes that have come so far. A result that came whole has
   * none.
   *
   * @returns what ends that
   */
  onResultProgress(listener: (bytes: number) => void): () => void
  /**
   * Asks the runtime to end the job. Resolves with the job's state as the request found it; the end itself is told by
   * the events and the result. On a job that has ended it does nothing. `docs/protocol.md` §3.
   *
   * Rejects with the error of its code when the runtime refuses (`PERMISSION_DENIED`, `JOB_NOT_FOUND`), and with
   * `ConnectionError` when the connection ends first.
   */
  cancel(reason?: string): Promise<JobState>
}
