import type { Timers } from '@arcp/protocol'
import type { Observation, ObservedJob, ObservedOperation } from '@arcp/protocol/observe'
import {
  type Span as ApiSpan,
  type Attributes,
  type Context,
  context as contexts,
  ROOT_CONTEXT,
  SpanKind,
  trace,
} from '@opentelemetry/api'
import { agentAttributes, agentName } from '../agent-attributes'
import { Attribute, Span, SpanEvent } from '../names'
import { short, spanName } from '../short'
import { type JobSpanParts, type StartedSpan, startJobSpan, startRootSpan } from './job-span'
import { responseAttributes, startOperationSpan } from './operation-span'
import { endWith, endWithError } from './outcome'
import { remoteSpan } from './remote'

/** What {@link JobTraces} need. */
export interface JobTracesParts extends JobSpanParts {
  readonly urls: boolean
  readonly exceptions: boolean
  readonly clock: Pick<Timers, 'now'>
}

/** Traces of jobs that are being written down; of more than these the oldest go on without the span they began with. */
const MAX_ROOTS = 10_000

/** A job that has not ended. */
interface TracedJob extends StartedSpan {
  sessionId: string
  events: number
  /** What its agent runs in, once it does. */
  agent?: StartedSpan
}

/** The spans of a runtime's jobs, and of what their agents do. All are forgotten when the job ends. */
export class JobTraces {
  readonly #parts: JobTracesParts
  readonly #jobs = new Map<string, TracedJob>()
  /** The same jobs by the session that owns them. */
  readonly #sessions = new Map<string, Set<TracedJob>>()
  /** Begun for jobs that have not been accepted yet. */
  readonly #roots = new Map<string, StartedSpan>()

  constructor(parts: JobTracesParts) {
    this.#parts = parts
  }

  /** Begins the trace of a job. */
  begin(job: Omit<ObservedJob, 'traceId'>): string | undefined {
    const root = startRootSpan(this.#parts, job)
    if (!root) return undefined
    this.#roots.set(job.jobId, root)
    const [oldest] = this.#roots.keys()
    if (this.#roots.size > MAX_ROOTS && oldest !== undefined) this.#drop(oldest)
    return root.span.spanContext().traceId
  }

  /** What a job's records belong to: its agent's span while there is one. */
  contextOf(jobId: string): Context {
    const job = this.#jobs.get(jobId)
    return job?.agent?.context ?? job?.context ?? ROOT_CONTEXT
  }

  observe(observation: Observation): void {
    switch (observation.type) {
      case 'job.accepted':
        this.#accepted(observation.job)
        break
      case 'job.discarded':
        this.#drop(observation.job.jobId)
        break
      case 'job.started':
        this.#started(observation.job)
        break
      case 'event.appended': {
        const job = this.#jobs.get(observation.job.jobId)
        if (job) job.events++
        break
      }
      case 'job.resumed':
        this.#resumed(observation)
        break
      case 'operation.denied': {
        const { job, namespace, code = 'PERMISSION_DENIED' } = observation
        this.#spanNow(job.jobId)?.addEvent(SpanEvent.denied, {
          [Attribute.namespace]: short(namespace),
          [Attribute.errorType]: code,
        })
        break
      }
      case 'session.parked':
        this.#tellJobs(observation.sessionId, SpanEvent.sessionParked, {
          [Attribute.reason]: observation.reason,
        })
        break
      case 'session.resumed':
        this.#tellJobs(observation.sessionId, SpanEvent.sessionResumed, {
          [Attribute.replayed]: observation.replayed,
          [Attribute.missed]: observation.missed,
        })
        break
      case 'job.ended':
        this.#ended(observation)
    }
  }

  /** Runs an agent inside its span. */
  aroundAgent<T>({ jobId, agent }: ObservedJob, run: () => T): T {
    const { tracer, exceptions } = this.#parts
    const job = this.#jobs.get(jobId)
    if (!job) return run()
    const name = agentName(agent)
    const attributes = {
      [Attribute.operation]: 'invoke_agent',
      ...agentAttributes(agent),
      [Attribute.jobId]: jobId,
    }
    const span = tracer.startSpan(spanName(Span.agent.name, name), { attributes }, job.context)
    const context = trace.setSpan(job.context, span)
    job.agent = { span, context }
    const outcome = contexts.with(context, run)
    endWith(span, outcome, exceptions)
    return outcome
  }

  /** Runs an operation inside its span, below the one the agent is in. */
  aroundOperation<T>({ jobId }: ObservedJob, run: () => T, operation: ObservedOperation): T {
    const { tracer, urls, exceptions } = this.#parts
    const above = this.#contextNow(jobId)
    const span = startOperationSpan(tracer, operation, jobId, above, urls)
    const outcome = contexts.with(trace.setSpan(above, span), run)
    endWith(span, outcome, exceptions, operation.kind === 'fetch' ? responseAttributes : undefined)
    return outcome
  }

  #accepted(job: ObservedJob): void {
    const { jobId, sessionId, parentJobId, traceId } = job
    const root = this.#roots.get(jobId)
    this.#roots.delete(jobId)
    const isRoot = root?.span.spanContext().traceId === traceId
    const parent = parentJobId === undefined ? undefined : this.#contextBelow(parentJobId)
    const started = isRoot ? root : startJobSpan(this.#parts, job, parent)
    const traced: TracedJob = { ...started, sessionId, events: 0 }
    this.#jobs.set(jobId, traced)
    this.#join(traced)
  }

  /** Ends a span that no job came of: what watches spans waits for each to end. */
  #drop(jobId: string): void {
    const root = this.#roots.get(jobId)
    this.#roots.delete(jobId)
    if (root) endWithError(root.span, 'INTERNAL_ERROR')
  }

  /** Of no length, for what has not ended is not exported. */
  #started({ jobId, agent }: ObservedJob): void {
    const { tracer, clock } = this.#parts
    const job = this.#jobs.get(jobId)
    if (!job) return
    const startTime = clock.now()
    const attributes = { ...agentAttributes(agent), [Attribute.jobId]: jobId }
    tracer
      .startSpan(Span.started.name, { kind: SpanKind.INTERNAL, startTime, attributes }, job.context)
      .end(startTime)
  }

  #resumed({ job, sessionId, formerOwner, traceContext }: Observed<'job.resumed'>): void {
    const traced = this.#jobs.get(job.jobId)
    if (!traced) return
    this.#leave(traced)
    traced.sessionId = job.sessionId
    this.#join(traced)
    const { span } = traced
    const from = traceContext && remoteSpan(traceContext)
    if (from) span.addLink({ context: from, attributes: { [Attribute.sessionId]: sessionId } })
    span.addEvent(SpanEvent.resumed, { [Attribute.sessionId]: sessionId })
    if (formerOwner === undefined) return
    span.setAttribute(Attribute.sessionId, job.sessionId)
    span.addEvent(SpanEvent.ownerChanged, {
      [Attribute.sessionId]: job.sessionId,
      [Attribute.formerSession]: formerOwner,
    })
  }

  #ended({ job: { jobId }, state, cause, errorCode }: Observed<'job.ended'>): void {
    const job = this.#jobs.get(jobId)
    if (!job) return
    this.#jobs.delete(jobId)
    this.#leave(job)
    const { span, agent } = job
    // An agent may be at work still, whom nobody listens to any more.
    if (agent?.span.isRecording()) endWithError(agent.span, errorCode ?? state)
    if (!span.isRecording()) return
    span.setAttributes({
      [Attribute.state]: state,
      [Attribute.cause]: cause,
      [Attribute.events]: job.events,
    })
    if (state === 'failed') endWithError(span, errorCode ?? 'INTERNAL_ERROR')
    else span.end()
  }

  #tellJobs(sessionId: string, event: string, attributes: Attributes): void {
    for (const { span } of this.#sessions.get(sessionId) ?? []) {
      span.addEvent(event, { ...attributes, [Attribute.sessionId]: sessionId })
    }
  }

  /** What runs now, where that is something of this job's agent; else its agent, or the job itself. */
  #contextNow(jobId: string): Context {
    const active = contexts.active()
    const within = trace.getSpanContext(active)?.traceId
    const own = this.contextOf(jobId)
    return within !== undefined && within === trace.getSpanContext(own)?.traceId ? active : own
  }

  #spanNow(jobId: string): ApiSpan | undefined {
    return trace.getSpan(this.#contextNow(jobId))
  }

  /** Where a child of this job belongs; `undefined` for a job nobody here knows. */
  #contextBelow(jobId: string): Context | undefined {
    return this.#jobs.has(jobId) ? this.#contextNow(jobId) : undefined
  }

  #join(job: TracedJob): void {
    const jobs = this.#sessions.get(job.sessionId) ?? new Set()
    this.#sessions.set(job.sessionId, jobs.add(job))
  }

  #leave(job: TracedJob): void {
    const jobs = this.#sessions.get(job.sessionId)
    jobs?.delete(job)
    if (jobs?.size === 0) this.#sessions.delete(job.sessionId)
  }
}

type Observed<Type extends Observation['type']> = Extract<Observation, { readonly type: Type }>
