import {
  type AgentContract,
  type AgentInput,
  type AgentResult,
  formatTimestamp,
  InvalidRequestError,
  isExtensionKey,
  issuesOf,
  type JobSubmit,
  jobSubmitSchema,
  type Lease,
  refuseOthers,
} from '@arcp/protocol'
import type { ObservedOperation } from '@arcp/protocol/observe'
import { invalidRequest } from '../invalid-request'
import { type ChildJob, ChildJobHandle } from './child-job'
import type { ChildResultParts } from './child-result'
import type { Emitter } from './emitter'
import { writeJson } from './event-body'
import { mayBeIgnored } from './ignorable'
import type { Job } from './job'

/** What a child job is given beside its input. `docs/protocol.md` §8. */
export interface DelegateOptions {
  /**
   * What the child may touch, within the parent's own lease. Its `cost.budget` is taken out of the parent's; a currency
   * that the parent has a limit of, and this does not name, is charged to the parent. Default: nothing.
   */
  readonly lease?: Lease
  /** When the child's lease ends: a moment, or one as RFC 3339 in UTC. Default: with the parent's. */
  readonly expiresAt?: Date | string
  /** How long the child's lease lasts from its acceptance, in seconds, above 0. With {@link expiresAt} the earlier counts. */
  readonly expiresInS?: number
  /** How long the child may run from its start, in seconds, above 0; then it fails with `TIMEOUT`. Default: its lease. */
  readonly maxRuntimeSec?: number
  /** Any JSON under `x-*` keys, for the child's agent. */
  readonly extensions?: Readonly<Record<`x-${string}`, unknown>>
}

/** What an agent hands work out by; see `AgentContext`. */
export type Delegate = <Agent extends AgentContract | string>(
  agent: Agent,
  input: AgentInput<Agent>,
  options?: DelegateOptions,
) => Promise<ChildJob<AgentResult<Agent>>>

/** What makes child jobs. */
export interface ChildHost extends ChildResultParts {
  /** The agent a reference means, as `name@version`; where there is none, as it was asked for. */
  nameOf(reference: string): string
  /**
   * Makes a child.
   *
   * @param onMade called before it begins
   */
  make(submit: JobSubmit, onMade: (child: Job) => void): Promise<void>
}

/** What {@link delegate} needs. */
export interface DelegationParts {
  readonly emitter: Pick<Emitter, 'emitText' | 'fits'>
  readonly children: ChildHost
  /** Asks the guard whether the job may delegate to this agent. */
  readonly authorize: (agent: string) => Promise<void>
  /** Runs an operation inside the contexts of observers. */
  readonly around: <T>(operation: ObservedOperation, run: () => T) => T
}

/** Hands a part of a job's work to a child job; see `AgentContext`. */
export function delegate<Agent extends AgentContract | string>(
  parts: DelegationParts,
  agent: Agent,
  input: AgentInput<Agent>,
  options?: DelegateOptions,
): Promise<ChildJob<AgentResult<Agent>>> {
  const asked: unknown = typeof agent === 'string' ? agent : agent?.reference
  if (typeof asked !== 'string') {
    return mayBeIgnored(Promise.reject(new InvalidRequestError('agent: expected a contract, or its name')))
  }
  const name = parts.children.nameOf(asked)
  return mayBeIgnored(
    parts.around({ kind: 'delegate', agent: name }, () => handOut(parts, name, input, options ?? {})),
  )
}

async function handOut<Result>(
  { emitter, children, authorize }: DelegationParts,
  agent: string,
  input: unknown,
  options: DelegateOptions,
): Promise<ChildJob<Result>> {
  await authorize(agent)
  const inputText = writeJson('input', input)
  const submit = submitOf(agent, JSON.parse(inputText), options)
  const eventOf = (childId: string) =>
    `"child_job_id":${JSON.stringify(childId)},"agent":${JSON.stringify(agent)},"input":${inputText}}`
  if (!emitter.fits('job.delegate', eventOf(LONG_ID))) {
    throw new InvalidRequestError('input: it does not fit into a frame')
  }
  let handle: ChildJobHandle<Result> | undefined
  let told: Promise<void> | undefined
  await children.make(submit, (child) => {
    handle = new ChildJobHandle(child, children)
    told = emitter.emitText('job.delegate', eventOf(child.facts.id))
  })
  await told
  return handle as ChildJobHandle<Result>
}

/** As long as the id of a job and the numbers of an event may become. */
const LONG_ID = '0'.repeat(64)

function submitOf(agent: string, input: unknown, options: DelegateOptions): JobSubmit {
  const { lease, expiresAt, expiresInS, maxRuntimeSec, extensions, ...others } = options
  refuseOthers(others)
  const stranger = Object.keys(extensions ?? {}).find((key) => !isExtensionKey(key))
  if (stranger !== undefined) {
    throw new InvalidRequestError(`extensions: ${stranger} does not start with x-`)
  }
  const expires_at = expiresAt instanceof Date ? written(expiresAt) : expiresAt
  const isTimed = expires_at !== undefined || expiresInS !== undefined
  const submit = {
    agent,
    input,
    lease_request: lease,
    lease_constraints: isTimed ? { expires_at, expires_in_s: expiresInS } : undefined,
    max_runtime_sec: maxRuntimeSec,
    ...extensions,
  }
  const issues = issuesOf(jobSubmitSchema, submit, 'payload')
  // A copy, as if it had travelled: whatever is changed afterwards changes neither job.
  if (!issues) return JSON.parse(writeJson('delegate', submit))
  throw invalidRequest(issues)
}

/** What is no date makes no timestamp either, and is refused as such. */
function written(date: Date): string {
  const ms = date.getTime()
  return Number.isNaN(ms) ? '' : formatTimestamp(ms)
}
