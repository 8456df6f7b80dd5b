import type { MetricName, SpanName } from './name-kinds'

/** Where these names come from: the version of OpenTelemetry's semantic conventions they follow. */
export const CONVENTIONS = '1.45.0'

/** The attributes of spans, metrics and log records. Those that do not begin with `arcp.` are OpenTelemetry's own. */
export const Attribute = {
  agent: 'gen_ai.agent.name',
  agentVersion: 'gen_ai.agent.version',
  callId: 'gen_ai.tool.call.id',
  cause: 'arcp.job.cause',
  sessionId: 'arcp.session.id',
  currency: 'arcp.cost.currency',
  denial: 'arcp.denial.of',
  errorType: 'error.type',
  eventType: 'arcp.event.type',
  events: 'arcp.job.events',
  formerSession: 'arcp.session.former_id',
  host: 'server.address',
  jobId: 'arcp.job.id',
  method: 'http.request.method',
  missed: 'arcp.session.missed_events',
  model: 'gen_ai.request.model',
  namespace: 'arcp.lease.namespace',
  operation: 'gen_ai.operation.name',
  parentJob: 'arcp.job.parent_id',
  port: 'server.port',
  principal: 'user.id',
  reason: 'arcp.reason',
  replayed: 'arcp.session.replayed',
  rpcMethod: 'rpc.method',
  rpcSystem: 'rpc.system.name',
  sessionState: 'arcp.session.state',
  snapshot: 'arcp.snapshot',
  stalledBy: 'arcp.stall.by',
  state: 'arcp.job.state',
  status: 'http.response.status_code',
  tool: 'gen_ai.tool.name',
  url: 'url.full',
} as const

/** One of {@link Attribute}. */
export type AttributeName = (typeof Attribute)[keyof typeof Attribute]

/** What each attribute holds, in words. */
export const attributeMeanings: Readonly<Record<AttributeName, string>> = {
  'arcp.cost.currency': 'the currency of a charge',
  'arcp.denial.of': '`operation`, `access`, `session`, `resume` or `request`',
  'arcp.event.type': 'the type of a job’s event; `_OTHER` for vendors’ own',
  'arcp.job.cause': 'what ended the job: `returned`, `threw`, `cancel`, `timeout` …',
  'arcp.job.events': 'how many events the job’s log took',
  'arcp.job.id': 'the job',
  'arcp.job.parent_id': 'the job it is a child of',
  'arcp.job.state': 'how the job ended: `completed`, `failed`, `cancelled`',
  'arcp.lease.namespace': 'the namespace of a lease; `_OTHER` for vendors’ own',
  'arcp.reason': 'why, in a word of the protocol',
  'arcp.session.former_id': 'the session that owned the job before',
  'arcp.session.id': 'the session that owns the job, or the one that did something',
  'arcp.session.missed_events': 'how many events a session had missed when it came back',
  'arcp.session.replayed': 'whether events were sent again, for want of cursors',
  'arcp.session.state': '`open` or `parked`',
  'arcp.snapshot': 'the number of a snapshot of a span that has not ended, from 1',
  'arcp.stall.by': 'what events wait for: `credit` or `transport`',
  'error.type': 'a code of the protocol, or the name of an error’s class',
  'gen_ai.agent.name': 'the agent, without its version',
  'gen_ai.agent.version': 'its version',
  'gen_ai.operation.name': '`invoke_agent` or `execute_tool`',
  'gen_ai.request.model': 'the model that was asked for',
  'gen_ai.tool.call.id': 'the `call_id` of the events of a tool',
  'gen_ai.tool.name': 'the tool',
  'http.request.method': 'the method of a request; `_OTHER` for those nobody knows',
  'http.response.status_code': 'the status of its response',
  'rpc.method': '`job.submit`',
  'rpc.system.name': '`arcp`',
  'server.address': 'the host that a request goes to',
  'server.port': 'its port, where it is none of the scheme’s own',
  'url.full': 'the URL without user info, query and fragment; only with `urls`',
  'user.id': 'the principal of a job; only with `principals`',
}

const RPC = [Attribute.rpcSystem, Attribute.rpcMethod] as const
const AGENT = [Attribute.agent, Attribute.agentVersion] as const

/** The spans, from a client to what an agent does. */
export const Span = {
  submit: {
    name: 'submit {agent}',
    kind: 'CLIENT',
    means: 'a job as its client sees it: from its submit to its end, or to where the client lost it',
    attributes: [...RPC, ...AGENT, Attribute.jobId, Attribute.errorType],
  },
  job: {
    name: 'job {agent}',
    kind: 'SERVER',
    means:
      'a job as its runtime sees it: from its acceptance to its end, or until it could not be written down',
    attributes: [
      ...RPC,
      ...AGENT,
      Attribute.jobId,
      Attribute.parentJob,
      Attribute.sessionId,
      Attribute.principal,
      Attribute.state,
      Attribute.cause,
      Attribute.events,
      Attribute.errorType,
    ],
  },
  started: {
    name: 'arcp.job.started',
    kind: 'INTERNAL',
    means: 'of no length: the job has been started. It is exported long before the spans it is a child of',
    attributes: [...AGENT, Attribute.jobId],
  },
  agent: {
    name: 'invoke_agent {agent}',
    kind: 'INTERNAL',
    means: 'the agent at work; spans of its own are children of this one',
    attributes: [Attribute.operation, ...AGENT, Attribute.jobId, Attribute.errorType],
  },
  tool: {
    name: 'execute_tool {tool}',
    kind: 'INTERNAL',
    means: 'a call of `ctx.tool`; what the tool does is inside',
    attributes: [Attribute.operation, Attribute.tool, Attribute.callId, Attribute.jobId, Attribute.errorType],
  },
  model: {
    name: 'authorize_model {model}',
    kind: 'INTERNAL',
    means: 'a call of `ctx.model`: whether the model may be used, not its use',
    attributes: [Attribute.model, Attribute.jobId, Attribute.errorType],
  },
  delegate: {
    name: 'delegate {agent}',
    kind: 'INTERNAL',
    means: 'a call of `ctx.delegate`, until its child job has been accepted; that job is inside',
    attributes: [...AGENT, Attribute.jobId, Attribute.errorType],
  },
  fetch: {
    name: '{method}',
    kind: 'CLIENT',
    means: 'a call of `ctx.fetch`, until its response has come, redirects included',
    attributes: [
      Attribute.method,
      Attribute.host,
      Attribute.port,
      Attribute.url,
      Attribute.status,
      Attribute.jobId,
      Attribute.errorType,
    ],
  },
  snapshot: {
    name: '{span} (running)',
    kind: 'INTERNAL',
    means: 'a span that has not ended, as it stood when the snapshot was taken, as a child of itself',
    attributes: [Attribute.snapshot],
  },
} as const satisfies Readonly<Record<string, SpanName>>

/** Events on the span of a job. */
export const SpanEvent = {
  resumed: 'arcp.job.resumed',
  ownerChanged: 'arcp.job.owner_changed',
  sessionParked: 'arcp.session.parked',
  sessionResumed: 'arcp.session.resumed',
  denied: 'arcp.operation.denied',
} as const

/** What each span event says, in words. */
export const spanEventMeanings: Readonly<Record<(typeof SpanEvent)[keyof typeof SpanEvent], string>> = {
  'arcp.job.resumed': 'a submit took the job up by its token or key; the span links to where that came from',
  'arcp.job.owner_changed': 'and with it became the owner in place of another session',
  'arcp.session.parked': 'the owner’s connection is gone',
  'arcp.session.resumed': 'the owner is back',
  'arcp.operation.denied': 'the lease did not allow what the agent was about to do',
}

/** The metrics of a runtime. */
export const Metric = {
  submitted: {
    name: 'arcp.jobs.submitted',
    kind: 'counter',
    unit: '{job}',
    means: 'jobs accepted',
    attributes: [Attribute.agent],
  },
  resumed: {
    name: 'arcp.jobs.resumed',
    kind: 'counter',
    unit: '{job}',
    means: 'submits that took up a job there was',
    attributes: [Attribute.agent],
  },
  queued: {
    name: 'arcp.jobs.queued',
    kind: 'up-down counter',
    unit: '{job}',
    means: 'jobs that wait for their start',
    attributes: [Attribute.agent],
  },
  active: {
    name: 'arcp.jobs.active',
    kind: 'up-down counter',
    unit: '{job}',
    means: 'jobs that run',
    attributes: [Attribute.agent],
  },
  ended: {
    name: 'arcp.jobs.ended',
    kind: 'counter',
    unit: '{job}',
    means: 'jobs that have ended',
    attributes: [Attribute.agent, Attribute.state, Attribute.cause, Attribute.errorType],
  },
  duration: {
    name: 'arcp.job.duration',
    kind: 'histogram',
    unit: 's',
    means: 'how long jobs ran, from start to end',
    attributes: [Attribute.agent, Attribute.state],
  },
  queueTime: {
    name: 'arcp.job.queue_time',
    kind: 'histogram',
    unit: 's',
    means: 'how long jobs waited, from acceptance to start',
    attributes: [Attribute.agent],
  },
  events: {
    name: 'arcp.job.events',
    kind: 'counter',
    unit: '{event}',
    means: 'events that entered the logs of jobs',
    attributes: [Attribute.agent, Attribute.eventType],
  },
  bytes: {
    name: 'arcp.job.event_size',
    kind: 'counter',
    unit: 'By',
    means: 'what their payloads take, a UTF-16 code unit counted as a byte',
    attributes: [Attribute.agent, Attribute.eventType],
  },
  cost: {
    name: 'arcp.job.cost',
    kind: 'counter',
    unit: '1',
    means: 'what agents charged, in the currency',
    attributes: [Attribute.agent, Attribute.currency],
  },
  sessions: {
    name: 'arcp.sessions',
    kind: 'up-down counter',
    unit: '{session}',
    means: 'sessions there are',
    attributes: [Attribute.sessionState],
  },
  resumes: {
    name: 'arcp.session.resumes',
    kind: 'counter',
    unit: '{resume}',
    means: 'sessions that came back',
    attributes: [Attribute.replayed],
  },
  replaySize: {
    name: 'arcp.session.replay_size',
    kind: 'histogram',
    unit: '{event}',
    means: 'how many events they had missed',
    attributes: [],
  },
  stalls: {
    name: 'arcp.session.stalls',
    kind: 'counter',
    unit: '{stall}',
    means: 'times that events began to wait for a client',
    attributes: [Attribute.stalledBy],
  },
  heartbeatLosses: {
    name: 'arcp.session.heartbeat_losses',
    kind: 'counter',
    unit: '{loss}',
    means: 'connections that were given up because they were silent',
    attributes: [],
  },
  denials: {
    name: 'arcp.denials',
    kind: 'counter',
    unit: '{denial}',
    means: 'operations, looks at jobs, sessions, resumes and requests that were refused',
    attributes: [Attribute.denial, Attribute.reason, Attribute.namespace],
  },
} as const satisfies Readonly<Record<string, MetricName>>
