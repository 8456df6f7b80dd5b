import type {
  AgentContract,
  AgentInput,
  AgentListing,
  AgentResult,
  Feature,
  JobEvent,
  JobFilter,
  JobListing,
} from '@arcp/protocol'
import type { ClientState } from './connection/state'
import type { Job } from './jobs/job'
import type { SubmitOptions } from './requests/submit-options'
import type { SubscribeOptions } from './requests/subscribe'

/** A session with a runtime. `docs/protocol.md` §2. */
export interface Client extends AsyncDisposable {
  /** The agents this session may call, and their versions. */
  readonly agents: readonly AgentListing[]
  /** How the runtime names itself. */
  readonly runtime: { readonly name: string; readonly version: string }
  readonly sessionId: string
  /** What both sides agreed on. */
  readonly features: readonly Feature[]
  readonly state: ClientState
  /**
   * Calls `listener` at each change of {@link state}.
   *
   * @returns what ends that
   */
  onStateChange(listener: (state: ClientState) => void): () => void
  /**
   * Submits a job to an agent, named by its contract, as `name@version`, or as `name` for its default version.
   * Resolves when the runtime has accepted it. With `options.resumeToken` it takes up a job that there is, and the input
   * is `null`.
   *
   * Rejects with the error of its code when the runtime refuses, with `INVALID_REQUEST` when the request is no JSON,
   * has a number that is not finite where it says how long, or is larger than the runtime takes, with `TypeError` for an
   * option there is none of, with `INTERNAL_ERROR` when 10,000 requests or 64 MiB of them wait for answers, with
   * `ConnectionError` when the connection ends or 60 s pass before the answer, and with the reason of
   * `options.signal`.
   */
  submit<Contract extends AgentContract>(
    agent: Contract,
    input: AgentInput<Contract>,
    options?: SubmitOptions,
  ): Promise<Job<AgentResult<Contract>>>
  submit<Contract extends AgentContract>(
    agent: Contract,
    input: null,
    options: SubmitOptions & { readonly resumeToken: string },
  ): Promise<Job<AgentResult<Contract>>>
  submit<Result = unknown>(agent: string, input: unknown, options?: SubmitOptions): Promise<Job<Result>>
  /**
   * Follows a job that exists, without authority over it. The runtime lets a client see the jobs of its own principal.
   *
   * Rejects with `JOB_NOT_FOUND`, with `RESUME_WINDOW_EXPIRED` when events after `afterSeq` are no longer held, with
   * `INVALID_REQUEST` for a number the job has not reached, and as {@link submit} does. `docs/protocol.md` §3.
   */
  subscribe<Result = unknown>(jobId: string, options?: SubscribeOptions): Promise<Job<Result>>
  /**
   * The jobs this client may see, newest first; those that fit `filter`, if there is one. They are asked for as they
   * are read, 50 at a time; one that begins meanwhile does not appear. The iteration rejects as {@link submit} does.
   * `docs/protocol.md` §3.
   */
  listJobs(filter?: JobFilter): AsyncIterableIterator<JobListing>
  /**
   * Tells the runtime that the application has done with every event up to and with `event`, of whatever job, in the
   * order they came; without one, with all that have come. Of use where `connect` was told `acknowledge: 'manual'`: a
   * runtime sends no more than its window beyond that, and keeps what comes after it as long as it can. What is not an
   * event of this session changes nothing. A connection that broke and was found again acknowledges what came before
   * it. `docs/protocol.md` §5.
   */
  acknowledge(event?: JobEvent): void
  /**
   * Ends the session: what still waits rejects with `ConnectionError`, jobs run on in the runtime. Resolves when the
   * connection has ended, however that went, after 4 s at most.
   */
  close(reason?: string): Promise<void>
}
