import {
  type AgentContract,
  formatTimestamp,
  InvalidRequestError,
  isExtensionKey,
  isTraceId,
  type JobSubmit,
  type Lease,
  type LeaseConstraints,
  refuseOthers,
} from '@arcp/protocol'

/** Options of {@link Client.submit}. `docs/protocol.md` §3, §7. */
export interface SubmitOptions {
  /** What the job may touch, patterns for each namespace. Default: nothing. */
  readonly lease?: Lease
  /** When the lease ends: a moment, or one as RFC 3339 in UTC. With {@link expiresInS} the earlier counts. */
  readonly expiresAt?: Date | string
  /** How long the lease lasts from acceptance, in seconds, above 0. */
  readonly expiresInS?: number
  /** With a key seen before, the runtime answers with the job it made then. 1 to 256 characters. */
  readonly idempotencyKey?: string
  /** How long the job may run from its start, in seconds, above 0; then it fails with `TIMEOUT`. */
  readonly maxRuntimeSec?: number
  /** A job to name as this one's parent; a label only. */
  readonly parentJobId?: string
  /** 32 lower-case hex digits, not all zero. Default: the runtime makes one. `docs/protocol.md` §11. */
  readonly traceId?: string
  /** Any JSON under `x-*` keys, for the agent. `docs/protocol.md` §10. */
  readonly extensions?: Readonly<Record<`x-${string}`, unknown>>
  /** The token of a job that exists: takes it up, as its owner from then on, instead of making one. */
  readonly resumeToken?: string
  /** With {@link resumeToken}: events after this number follow, 0 for all. Default: all after `job.started`. */
  readonly afterSeq?: number
  /**
   * Aborted before the job is accepted, `submit` rejects with its reason, and the job is cancelled should it come to
   * be; aborted after, the job is cancelled.
   */
  readonly signal?: AbortSignal
}

/**
 * The payload of a submit.
 *
 * @throws INVALID_REQUEST for a trace id or extension key that is not of its form and for a number that is not finite,
 * RangeError for an invalid `Date`, TypeError for an option there is none of
 */
export function submitPayload(
  agent: AgentContract | string,
  input: unknown,
  options: SubmitOptions,
): JobSubmit {
  const {
    lease,
    expiresAt,
    expiresInS,
    idempotencyKey,
    maxRuntimeSec,
    parentJobId,
    traceId,
    extensions = {},
    resumeToken,
    afterSeq,
    signal,
    ...others
  } = options
  refuseOthers(others)
  expectFinite({ expiresInS, maxRuntimeSec, afterSeq })
  if (traceId !== undefined && !isTraceId(traceId)) {
    throw new InvalidRequestError('traceId: expected 32 lower-case hex digits')
  }
  for (const key of Object.keys(extensions)) {
    if (!isExtensionKey(key)) throw new InvalidRequestError(`extensions: ${key} does not start with x-`)
  }
  return {
    agent: typeof agent === 'string' ? agent : agent.reference,
    input: input ?? null,
    lease_request: lease,
    lease_constraints: constraintsOf({ expiresAt, expiresInS }),
    idempotency_key: idempotencyKey,
    max_runtime_sec: maxRuntimeSec,
    parent_job_id: parentJobId,
    resume_token: resumeToken,
    after_seq: afterSeq,
    ...extensions,
  }
}

/** @throws INVALID_REQUEST for a number that JSON would make `null` of, which says nothing */
export function expectFinite(numbers: Readonly<Record<string, number | undefined>>): void {
  for (const name in numbers) {
    if (!Number.isFinite(numbers[name] ?? 0))
      throw new InvalidRequestError(`${name}: expected a finite number`)
  }
}

function constraintsOf({ expiresAt, expiresInS }: SubmitOptions): LeaseConstraints | undefined {
  if (expiresAt === undefined && expiresInS === undefined) return undefined
  return {
    expires_at: expiresAt instanceof Date ? formatTimestamp(expiresAt.getTime()) : expiresAt,
    expires_in_s: expiresInS,
  }
}
