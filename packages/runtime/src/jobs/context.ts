import type {
  ExtensionKey,
  Extensions,
  JobArtifactRef,
  JobLog,
  JobMetric,
  JobProgress,
  JobStatus,
  JobThought,
  Lease,
} from '@arcp/protocol'
import type { JobCredential } from '../authority/credentials/job-credential'
import type { CreateAgentToken } from '../authority/delegation/agent-token'
import type { AgentFetch } from '../authority/operations/fetch/create-fetch'
import type { AgentFiles } from '../authority/operations/files/agent-files'
import type { BudgetLine, Reservation, SpendOptions } from '../authority/spending'
import type { Delegate } from './delegate'
import type { ResultPiece } from './result-stream'

/**
 * What a runtime lends an agent for one job.
 *
 * Each emit appends one event to the job's log and returns a promise that resolves when the next one may come; awaiting
 * it is how an agent keeps pace with whoever listens. It rejects with INVALID_REQUEST, naming the path, when the body
 * is not valid, the event does not fit into a frame, or the job has ended. Extensions go beside the body's own fields,
 * under `x-*` keys. `docs/protocol.md` §4.
 */
export interface AgentContext {
  readonly jobId: string
  /** The agent, as `name@version`. */
  readonly agent: string
  /** Whom the job is for. */
  readonly principal: string
  /**
   * Who submitted it for the principal, each on behalf of the one before; empty where that was the principal itself.
   * `docs/protocol.md` §8.
   */
  readonly delegatedBy: readonly string[]
  readonly traceId: string
  /** What the job may touch. A copy: who changes it changes nothing. */
  readonly lease: Lease
  /**
   * What the runtime had made for this job alone, to be known by elsewhere, in the order of its provisioners, as it is
   * now; none once the job is to end. Values are in nothing that is written of a credential, but in `value`; what an agent
   * does with that is its own. `docs/protocol.md` §7.
   */
  readonly credentials: readonly JobCredential[]
  /**
   * Replaces a credential by a new one, and has the old one revoked. The owner of the job is told the new one.
   *
   * @throws INVALID_REQUEST for one the job does not have; INTERNAL_ERROR, or what the provisioner throws, where no other
   * could be made: the old one stays
   */
  rotateCredential(id: string): Promise<JobCredential>
  /** The `x-*` keys of the submit, untouched. */
  readonly extensions: Readonly<Extensions>
  /** Aborts when the job is to end: cancelled, out of time, its lease or its parent at an end, or the runtime closing. */
  readonly signal: AbortSignal
  /** Says a line to people. */
  log(body: JobLog): Promise<void>
  /** Says how far the work is. */
  progress(body: JobProgress): Promise<void>
  /** Says a piece of reasoning. */
  thought(body: JobThought): Promise<void>
  /** Says that the work entered a phase. */
  status(body: JobStatus & { credentials?: never }): Promise<void>
  /** Says a measurement. It charges nothing, and is not named `cost.budget…`: what is left is for the runtime to say. */
  metric(body: JobMetric): Promise<void>
  /** Says where something is that the job made. */
  artifact(body: JobArtifactRef): Promise<void>
  /** Appends a vendor's event: any JSON under a type of the form `x-vendor.name`. */
  emit(type: ExtensionKey, body: unknown, extensions?: Extensions): Promise<void>
  /**
   * Runs `call` as the tool `name`, if the lease's `tool.call` covers that name, with a `job.tool_call` before and a
   * `job.tool_result` after it. What `call` throws comes out of here; the events tell its text only if it is an
   * `ArcpError`.
   *
   * @throws LEASE_EXPIRED, BUDGET_EXHAUSTED, PERMISSION_DENIED, and then the tool is not called
   */
  tool<Args, Result>(
    name: string,
    args: Args,
    call: (args: Args) => Result | Promise<Result>,
  ): Promise<Result>
  /** The files that the lease's `fs.read` and `fs.write` cover. */
  readonly fs: AgentFiles
  /** `fetch` for the URLs that the lease's `net.fetch` covers. */
  readonly fetch: AgentFetch
  /**
   * To be awaited before each use of a model, under the name it is known by: resolves if the lease's `model.use` covers
   * it.
   *
   * @throws LEASE_EXPIRED, BUDGET_EXHAUSTED, PERMISSION_DENIED
   */
  model(name: string): Promise<void>
  /**
   * Hands a part of the work to a child job: of an agent of this runtime that the lease's `agent.delegate` covers, named
   * by its contract, as `name@version`, or as `name` for its default version. Resolves when the child is accepted, with
   * what gives its events and its result. It is in the same trace, belongs to the same principal, and is ended when this
   * job ends. A `job.delegate` tells of it. `docs/protocol.md` §8.
   *
   * @throws LEASE_EXPIRED, BUDGET_EXHAUSTED, PERMISSION_DENIED; LEASE_SUBSET_VIOLATION for a lease beyond this job's, or
   * money that is not left; AGENT_NOT_AVAILABLE, AGENT_VERSION_NOT_AVAILABLE; INVALID_REQUEST for an input that the
   * agent does not take, or that is no JSON; CANCELLED when this job ends meanwhile; INTERNAL_ERROR at a limit: children
   * at the same time (`childJobs`), children of children (`childDepth`), and those of any submit
   */
  delegate: Delegate
  /**
   * Makes a token by which somebody else acts for this job's principal, elsewhere or here, with some of what the job may
   * do: agents that the lease's `agent.delegate` covers, each as `agent:NAME`, `agent:NAME@VERSION` or `*`. Its holder acts
   * through this agent, which acts through whomever the job does. `docs/protocol.md` §8.
   *
   * The token's `lease` is within this job's; what it does not name is not given. What it names of a budget is spent at
   * once, as a `job.metric` `cost.delegated`, whatever becomes of the token. It ends with the job's lease at the latest,
   * and with the token that the job was submitted by.
   *
   * @throws LEASE_EXPIRED, BUDGET_EXHAUSTED, PERMISSION_DENIED, also where there are as many actors as may be;
   * LEASE_SUBSET_VIOLATION for a lease, an end or a number of hops beyond the job's, or money that is not left;
   * INVALID_REQUEST for what no token may say
   */
  createDelegationToken: CreateAgentToken
  /**
   * To be awaited before whatever else needs a lease, such as a vendor's namespace: resolves if the lease covers the
   * target. A path means what it does to `fs`.
   *
   * @throws LEASE_EXPIRED, BUDGET_EXHAUSTED, PERMISSION_DENIED; INVALID_REQUEST for what is no text, or no path
   */
  authorize(namespace: string, target: string): Promise<void>
  /**
   * Charges what the work has cost, exactly: a number counts as its shortest decimal text. A charge goes through also
   * beyond the budget, for what is spent is spent; the next operation is denied then. Each is a `job.metric` named
   * `cost.spend`, or as `options.name` says. `docs/protocol.md` §7.
   *
   * @param currency a name like `USD`, of 1 to 16 characters
   * @throws INVALID_REQUEST, and nothing is charged, for an amount below 0, not finite, of 10¹⁵ or more or with more than
   * 12 decimals, for one currency too many, and once the job has ended
   */
  spend(currency: string, amount: string | number, options?: SpendOptions): Promise<void>
  /** How the job stands, for each currency that its budget limits or that it has spent. */
  budget(): Record<string, BudgetLine>
  /**
   * Sets money aside before work that runs beside other work, so that together they stay within the budget.
   *
   * @throws LEASE_EXPIRED; BUDGET_EXHAUSTED when that much is not left, or nothing of another currency;
   * PERMISSION_DENIED once the job has ended; INVALID_REQUEST as `spend`; INTERNAL_ERROR when too many reservations are
   * open
   */
  reserve(currency: string, amount: string | number): Reservation
  /**
   * The job's result as a stream of text or of bytes, for what is large or comes bit by bit; one per job. Writing
   * waits while whoever listens is behind. A stream left open is closed when the agent returns; one that is piped into is
   * waited for. `docs/protocol.md` §6.
   */
  resultStream(): WritableStream<ResultPiece>
  /**
   * Sets the short text that stands beside the result in `job.completed`; the last one counts.
   *
   * @throws INVALID_REQUEST for what is no text of at most 1,024 characters
   */
  summarize(text: string): void
}
