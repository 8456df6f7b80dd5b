import {
  type AgentInput,
  type AgentResult,
  type Clock,
  type Extensions,
  isTerminalType,
  type JobEvent,
  type JobState,
  type JobSubmit,
  type Lease,
  type Random,
  systemClock,
  systemRandom,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Implementation } from './agents/implement'
import { AgentRegistry } from './agents/registry'
import type { Ceiling } from './authority/ceiling'
import { checkedProvisioners } from './authority/credentials/credentials'
import type { CredentialProvisioner } from './authority/credentials/provisioner'
import { delegationTokens } from './authority/delegation/delegation-tokens'
import { resolveFsRoot } from './authority/fs-root'
import { eventOf } from './jobs/event-of'
import { JobHost } from './jobs/host'
import type { Job } from './jobs/job'
import { bytesOfChunk, wholeResult } from './jobs/whole-result'
import { type Limits, resolveLimits } from './limits'
import { Observers } from './observers'
import { RunQueue } from './scheduling/run-queue'
import { memoryStore } from './store/memory'

/** Options of {@link runAgent}. */
export interface RunAgentOptions {
  /** Whom `context.principal` names. Default `test`. */
  readonly principal?: string
  /** Agents it may delegate to. Default: itself alone. */
  readonly agents?: readonly Implementation[]
  /** What the agent may touch. Default: nothing. */
  readonly lease?: Lease
  /** Seconds after which the lease ends. Default: it does not. */
  readonly expiresInS?: number
  /** As of `createRuntime`. */
  readonly ceiling?: Ceiling
  /** As of `createRuntime`. */
  readonly fsRoot?: string
  /** As of `createRuntime`. */
  readonly credentials?: readonly CredentialProvisioner[]
  /** What `context.extensions` holds. Default: nothing. */
  readonly extensions?: Extensions
  /** Cancels the job when it aborts. */
  readonly signal?: AbortSignal
  /** Seconds it may take, counted from its start. Default: any. */
  readonly maxRuntimeSec?: number
  /** As of `createRuntime`. */
  readonly limits?: Partial<Limits>
  /** As of `createRuntime`; a clock of one's own lets its time pass at once. */
  readonly clock?: Clock
  /** As of `createRuntime`; a generator with a seed makes ids that are the same in each run. */
  readonly random?: Random
}

/** What came of one run of an agent. */
export interface AgentRun<Result> {
  /** Which of its ends the job came to. */
  readonly state: JobState
  /** What a client would get; `undefined` unless the job completed. */
  readonly result: Result | undefined
  /** What the agent threw, or why the job was ended; `undefined` if the job completed. */
  readonly error: unknown
  /** Every event, the terminal included, as a client would see it. */
  readonly events: readonly JobEvent[]
}

/**
 * Runs an agent once, without a transport or a client, for its own tests: the same checks, context, limits and endings
 * as in a runtime.
 *
 * @throws INVALID_REQUEST when the input does not fit the contract; PERMISSION_DENIED for a lease that is not granted
 */
export async function runAgent<I extends Implementation>(
  implementation: I,
  input: AgentInput<I['contract']>,
  options: RunAgentOptions = {},
): Promise<AgentRun<AgentResult<I['contract']>>> {
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandom
  const store = memoryStore(random)
  const limits = resolveLimits(options.limits)
  const tokens = delegationTokens({ name: 'test', options: undefined, clock, random, limits })
  const host = new JobHost({
    registry: new AgentRegistry([implementation, ...(options.agents ?? [])]),
    store,
    identity: store.open(),
    runQueue: new RunQueue(clock),
    clock,
    random,
    logger: silent,
    observers: new Observers(undefined, silent),
    ceiling: options.ceiling,
    fsRoot: resolveFsRoot(options.fsRoot),
    provisioners: checkedProvisioners(options.credentials),
    prepareToken: tokens.prepare,
    limits,
  })
  const { job } = await host.submit({
    submit: submitOf(implementation, input, options),
    submitId: 'msg_test',
    traceId: undefined,
    sessionId: 'sess_test',
    scope: { principal: options.principal ?? 'test', chain: [] },
    isLive: () => true,
  })
  cancelWith(options.signal, job)
  const events = await eventsOf(job)
  await host.close()
  const { state } = job
  const result = state === 'completed' ? resultOf<AgentResult<I['contract']>>(events) : undefined
  return { state, result, error: errorOf(job), events }
}

function submitOf(implementation: Implementation, input: unknown, options: RunAgentOptions): JobSubmit {
  const { lease, expiresInS, maxRuntimeSec, extensions } = options
  return {
    agent: implementation.contract.reference,
    input,
    ...(lease ? { lease_request: lease } : {}),
    ...(expiresInS === undefined ? {} : { lease_constraints: { expires_in_s: expiresInS } }),
    ...(maxRuntimeSec === undefined ? {} : { max_runtime_sec: maxRuntimeSec }),
    ...extensions,
  }
}

function cancelWith(signal: AbortSignal | undefined, job: Job): void {
  const cancel = () => job.end({ cause: 'cancel', reason: undefined })
  if (signal?.aborted) cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  void job.ended.then(() => signal?.removeEventListener('abort', cancel))
}

/** Takes in every event as it becomes readable, so that the agent never has to wait for a reader. */
function eventsOf(job: Job): Promise<JobEvent[]> {
  const events: JobEvent[] = []
  let nextSeq = 1
  return new Promise((resolve) => {
    const follower = {
      wake() {
        for (let entry = job.log.read(nextSeq); entry; entry = job.log.read(nextSeq)) {
          nextSeq++
          events.push(eventOf(entry))
          job.log.release(entry.seq)
          if (!isTerminalType(entry.type)) continue
          job.log.followers.delete(follower)
          resolve(events)
        }
      },
    }
    job.log.followers.add(follower)
    follower.wake()
  })
}

function resultOf<Result>(events: readonly JobEvent[]): Result | undefined {
  const last = events.at(-1)
  if (last?.type !== 'job.completed') return undefined
  const chunks = events.flatMap((event) => (event.type === 'job.result_chunk' ? [bytesOfChunk(event)] : []))
  return wholeResult(last, chunks) as Result
}

/** What the agent threw itself, rather than what the wire would say of it. */
function errorOf({ ending, abort }: Job): unknown {
  if (!ending || ending.cause === 'returned') return undefined
  return 'error' in ending ? (ending.error.cause ?? ending.error) : abort.signal.reason
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
