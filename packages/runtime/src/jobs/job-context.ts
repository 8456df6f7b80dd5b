import {
  type ArcpError,
  type ExtensionKey,
  type Extensions,
  type IdSource,
  InvalidRequestError,
  type JobArtifactRef,
  type JobLog,
  type JobMetric,
  type JobProgress,
  type JobStatus,
  type JobThought,
  type Lease,
} from '@arcp/protocol'
import type { ObservedOperation } from '@arcp/protocol/observe'
import type { JobCredential } from '../authority/credentials/job-credential'
import type { CreateAgentToken } from '../authority/delegation/agent-token'
import { copyOfLease } from '../authority/enforced-lease'
import type { Guard } from '../authority/guard'
import type { AgentFetch } from '../authority/operations/fetch/create-fetch'
import { observedRequest } from '../authority/operations/fetch/observed-request'
import type { AgentFiles } from '../authority/operations/files/agent-files'
import type { Operations } from '../authority/operations/operations'
import { isBudgetMetric, type Spending, type SpendOptions } from '../authority/spending'
import type { AgentContext } from './context'
import type { Delegate } from './delegate'
import type { Emitter } from './emitter'
import { mayBeIgnored } from './ignorable'
import type { Job } from './job'
import { type ResultPiece, resultStream } from './result-stream'
import type { ResultWriter } from './result-writer'
import { runTool } from './tool'

/** What {@link JobContext} needs. */
export interface ContextParts {
  readonly job: Job
  readonly emitter: Emitter
  readonly guard: Guard
  /** What most agents never use is made for those that do. */
  readonly operations: () => Operations
  readonly spending: Spending
  readonly delegate: Delegate
  readonly createDelegationToken: CreateAgentToken
  readonly writer: ResultWriter
  readonly extensions: Extensions
  readonly callIds: IdSource
  readonly onSummary: (text: string) => void
  /** Runs an operation inside the contexts of observers. */
  readonly around: <T>(operation: ObservedOperation, run: () => T) => T
}

/** By this getters find what they need also where they are asked by a proxy or an heir, which have no private names. */
const PARTS = Symbol('parts')

/**
 * The context of one job. All of it are properties of its own, functions bound to it, so that agents may take it apart,
 * spread it out or wrap it. Getters are the same functions for all jobs: V8 counts those that are made for one object
 * among what lives long, with all they reach.
 */
export class JobContext implements AgentContext {
  static readonly #gotten: PropertyDescriptorMap & ThisType<JobContext> = {
    credentials: {
      configurable: true,
      enumerable: true,
      get() {
        return this[PARTS]().job.credentials?.current ?? []
      },
    },
    signal: {
      configurable: true,
      enumerable: true,
      get() {
        return this[PARTS]().job.abort.signal
      },
    },
    fs: {
      configurable: true,
      enumerable: true,
      get() {
        return this[PARTS]().operations().fs
      },
    },
  }
  readonly #parts: ContextParts
  #stream: WritableStream<ResultPiece> | undefined
  declare readonly credentials: AgentContext['credentials']
  declare readonly signal: AbortSignal
  declare readonly fs: AgentFiles
  readonly jobId: string
  readonly agent: string
  readonly principal: string
  readonly delegatedBy: readonly string[]
  readonly traceId: string
  readonly lease: Lease
  readonly extensions: Extensions
  readonly delegate: Delegate
  readonly createDelegationToken: CreateAgentToken

  constructor(parts: ContextParts) {
    const { id, agent, scope, traceId, lease } = parts.job.facts
    this.#parts = parts
    this.jobId = id
    this.agent = agent
    this.principal = scope.principal
    this.delegatedBy = scope.chain
    this.traceId = traceId
    this.lease = copyOfLease(lease)
    this.extensions = parts.extensions
    this.delegate = parts.delegate
    this.createDelegationToken = parts.createDelegationToken
    Object.defineProperties(this, JobContext.#gotten)
  }

  readonly [PARTS] = () => this.#parts
  readonly rotateCredential = (id: string) => mayBeIgnored(rotateCredential(this.#parts.job, id))
  readonly log = (body: JobLog) => this.#parts.emitter.emit('job.log', body)
  readonly progress = (body: JobProgress) => this.#parts.emitter.emit('job.progress', body)
  readonly thought = (body: JobThought) => this.#parts.emitter.emit('job.thought', body)
  readonly status = (body: JobStatus) => this.#parts.emitter.emit('job.status', body)
  readonly artifact = (body: JobArtifactRef) => this.#parts.emitter.emit('job.artifact_ref', body)
  readonly metric = (body: JobMetric) =>
    isBudgetMetric(body?.name)
      ? mayBeIgnored(Promise.reject(notYours()))
      : this.#parts.emitter.emit('job.metric', body)
  readonly emit = (type: ExtensionKey, body: unknown, extensions?: Extensions) =>
    this.#parts.emitter.emitVendor(type, body, extensions)
  readonly tool: AgentContext['tool'] = (name, args, call) => {
    const parts = this.#parts
    const callId = parts.callIds()
    return parts.around({ kind: 'tool', name, callId }, () =>
      mayBeIgnored(runTool(parts, callId, name, args, call)),
    )
  }
  readonly fetch: AgentFetch = (url, init) => {
    const { around, operations } = this.#parts
    return around(observedRequest(url, init?.method), () => operations().fetch(url, init))
  }
  readonly model = (name: string) => {
    const { around, operations } = this.#parts
    return around({ kind: 'model', name }, () => operations().model(name))
  }
  readonly authorize = (namespace: string, target: string) =>
    this.#parts.operations().authorize(namespace, target)
  readonly spend = (currency: string, amount: string | number, options?: SpendOptions) =>
    this.#parts.spending.spend(currency, amount, options)
  readonly budget = () => this.#parts.spending.lines()
  readonly reserve = (currency: string, amount: string | number) =>
    this.#parts.spending.reserve(currency, amount)
  readonly resultStream = () => {
    this.#stream ??= resultStream(this.#parts.writer)
    return this.#stream
  }
  readonly summarize = (text: string) => this.#parts.onSummary(checkedSummary(text))
}

async function rotateCredential({ credentials }: Job, id: string): Promise<JobCredential> {
  if (credentials) return credentials.rotate(id)
  throw new InvalidRequestError('the job has no such credential')
}

function notYours(): ArcpError {
  return new InvalidRequestError('name: how the budget stands is for the runtime to say')
}

function checkedSummary(text: string): string {
  if (typeof text === 'string' && text.length <= MAX_SUMMARY_LENGTH) return text
  throw new InvalidRequestError(`summary: expected a string of at most ${MAX_SUMMARY_LENGTH} characters`)
}

const MAX_SUMMARY_LENGTH = 1_024
