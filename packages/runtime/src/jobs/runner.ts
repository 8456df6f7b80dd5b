import {
  type ArcpError,
  CancelledError,
  type Clock,
  type Extensions,
  type IdSource,
  type JobCompleted,
  TimeoutError,
  type Timer,
} from '@arcp/protocol'
import type { Logger } from '@arcp/protocol/observe'
import type { Implementation } from '../agents/implement'
import { type AgentTokenParts, createAgentToken } from '../authority/delegation/agent-token'
import type { DelegationTokens } from '../authority/delegation/delegation-tokens'
import type { ExpiryWatch } from '../authority/expiry-watch'
import type { Grant } from '../authority/grant'
import type { Guard } from '../authority/guard'
import { createOperations, type Operations } from '../authority/operations/operations'
import type { Spending } from '../authority/spending'
import type { Limits } from '../limits'
import { longTimer } from '../long-timer'
import type { Observers } from '../observers'
import { type ChildHost, delegate } from './delegate'
import type { Emitter } from './emitter'
import { EndWaits, isAgentsOwn } from './end-waits'
import { failureOf } from './failure'
import type { Ending, Job } from './job'
import { type ContextParts, JobContext } from './job-context'
import { boundsOfChildren, type Parent } from './parent'
import { completionOf, promisedFormat } from './result'
import { ResultWriter } from './result-writer'
import { appendTerminal } from './terminal'

/** What a {@link Runner} needs. */
export interface RunnerParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly observers: Observers
  readonly limits: Limits
  readonly expiries: ExpiryWatch
  /** What relative paths of agents count from; absolute and real. */
  readonly fsRoot?: string | undefined
  readonly resultIds: IdSource
  readonly callIds: IdSource
  /** Where children of a job are made. */
  readonly childrenOf: (parent: Parent) => ChildHost
  readonly prepareToken: DelegationTokens['prepare']
  /** The agent is about to be called. */
  readonly onStarted: (job: Job) => void
  /** The job has got its terminal. */
  readonly onEnded: (job: Job) => void
}

/** One job's work. */
export interface Work {
  readonly job: Job
  readonly emitter: Emitter
  readonly implementation: Implementation
  /** As the contract's schema made it. */
  readonly input: unknown
  readonly extensions: Extensions
  readonly grant: Grant
  readonly guard: Guard
  readonly spending: Spending
  readonly maxRuntimeSec?: number
}

/**
 * Runs agents: from `job.started` to the one terminal, whatever ends the job first. `docs/protocol.md` §3.
 */
export class Runner {
  readonly #parts: RunnerParts
  readonly #waits: EndWaits

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.#waits = new EndWaits(parts)
  }

  /** Starts the agent; resolves when the job has ended. Never rejects. */
  async run(work: Work): Promise<void> {
    const { job, emitter, maxRuntimeSec } = work
    const timeout = maxRuntimeSec === undefined ? undefined : this.#timeout(job, maxRuntimeSec)
    let completion: JobCompleted | undefined
    let settled: Promise<void> = Promise.resolve()
    if (!job.ending) {
      job.state = 'running'
      job.startedAt = this.#parts.clock.now()
      emitter.append('job.started', { agent: job.facts.agent, attempt: 1 })
      job.startedSeq = job.log.lastSeq
      this.#parts.onStarted(job)
      this.#parts.observers.observe({ type: 'job.started', job: job.observed() })
      settled = this.#work(work).then((done) => {
        completion = done
      })
    }
    const ending = await job.ended
    timeout?.cancel()
    const { countdown } = work.grant
    const revoked = job.credentials?.revoke()
    const { revocationMs } = this.#parts.limits
    const revocation = revoked && this.#waits.for(job, revoked, ending, countdown, revocationMs)
    const childless = job.children && this.#waits.forChildren(job.children, ending)
    if (isAgentsOwn(ending)) await settled
    else {
      job.abort.abort(reasonOf(ending))
      job.log.letWaitersGo()
      await this.#waits.for(job, settled, ending, countdown)
    }
    if (childless) await childless
    job.children = undefined
    if (revocation) await revocation
    this.#finish(work, ending, completion)
  }

  /** Waits no longer for any agent that has been told to stop. */
  cut(): void {
    this.#waits.cut()
  }

  /** The agent's own part; sets the ending cause if nothing else has. */
  async #work(work: Work): Promise<JobCompleted | undefined> {
    const { job, emitter, implementation, input, extensions, grant, guard, spending } = work
    const { limits, observers, logger, resultIds, callIds } = this.#parts
    const { contract } = implementation
    const promised = promisedFormat(contract)
    const { maxFrameBytes, resultBytes } = limits
    const writer = new ResultWriter({ emitter, resultIds, promised, maxFrameBytes, resultBytes })
    let summary: string | undefined
    const observed = job.observed()
    let operations: Operations | undefined
    const makeOperations = () =>
      createOperations({
        guard,
        emitter,
        callIds,
        fsRoot: this.#parts.fsRoot,
        signal: job.abort.signal,
        ended: job.ended,
      })
    const currentOperations = () => {
      operations ??= makeOperations()
      return operations
    }
    const around: ContextParts['around'] = (operation, run) => observers.around(observed, run, operation)
    const childParts = () => ({
      emitter,
      children: this.#parts.childrenOf({ job, grant, spending }),
      authorize: (name: string) => currentOperations().authorize('agent.delegate', name),
      around,
    })
    const context = new JobContext({
      job,
      emitter,
      writer,
      callIds,
      extensions,
      spending,
      guard,
      operations: currentOperations,
      delegate: (agent, said, options) => delegate(childParts(), agent, said, options),
      createDelegationToken: (...said) =>
        createAgentToken(this.#tokenParts(work, currentOperations), ...said),
      onSummary: (text) => {
        summary = text
      },
      around,
    })
    try {
      const returned = await observers.around(observed, async () => implementation.run(input, context))
      const inlineResultBytes = Math.min(
        limits.inlineResultBytes,
        limits.maxFrameBytes / 4,
        limits.resultBytes,
      )
      const completion = await completionOf(returned, { contract, writer, summary, inlineResultBytes })
      job.end({ cause: 'returned' })
      return completion
    } catch (thrown) {
      if (job.ending)
        logger.debug('an agent failed after its job had ended', { jobId: job.facts.id, error: thrown })
      else job.end({ cause: 'threw', error: failureOf(thrown, job.facts.id, logger) })
      return undefined
    }
  }

  #tokenParts({ job, grant, spending }: Work, operations: () => Operations): AgentTokenParts {
    const { prepareToken, clock, fsRoot, limits } = this.#parts
    return {
      prepare: prepareToken,
      job: job.facts,
      bounds: boundsOfChildren({ grant }),
      spending,
      authorize: (agents) => operations().authorize('agent.delegate', agents),
      fsRoot,
      clock,
      limits,
    }
  }

  #finish(
    { job, emitter, grant, spending }: Work,
    ending: Ending,
    completion: JobCompleted | undefined,
  ): void {
    const { clock, observers, logger, onEnded } = this.#parts
    if (job.startedAt !== undefined) spending.tellRemaining()
    grant.settle()
    const { state, errorCode } = appendTerminal(emitter, ending, completion, {
      details: job.credentials?.isRevoked === false ? { credentials: 'revocation_pending' } : undefined,
      onTooLarge: (message, fields) => logger.error(message, { ...fields, jobId: job.facts.id }),
    })
    job.state = state
    job.errorCode = errorCode
    job.endedAt = clock.now()
    observers.observe({
      type: 'job.ended',
      job: job.observed(),
      state,
      cause: ending.cause,
      ...(errorCode === undefined ? {} : { errorCode }),
    })
    onEnded(job)
  }

  #timeout(job: Job, maxRuntimeSec: number): Timer {
    return longTimer(this.#parts.clock, maxRuntimeSec * 1000, () => {
      const error = new TimeoutError(`the job ran longer than ${maxRuntimeSec} s`)
      job.end({ cause: 'timeout', error })
    })
  }
}

function reasonOf(ending: Ending): ArcpError {
  if ('error' in ending) return ending.error
  if (ending.cause === 'parent') return new CancelledError('the parent has ended')
  const reason = ending.cause === 'cancel' ? ending.reason : undefined
  return new CancelledError(reason ?? 'the job was cancelled')
}
