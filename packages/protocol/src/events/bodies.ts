import type { WireError } from '../errors/wire-error'
import type { Extensions } from '../extensions'
import type { Credential } from '../messages/credential'

/** `job.queued`: the job was accepted; always `seq` 1. */
export interface JobQueued extends Extensions {
  /** `name@version` */
  agent: string
  /** 0: it starts at once. Otherwise its place among the waiting jobs of its principal, from 1. */
  position: number
}

/** `job.started`: the agent was called. */
export interface JobStarted extends Extensions {
  agent: string
  /** 1: an agent is run at most once for a job. */
  attempt: number
  /** Proves the job when it is taken up again; the owner's copy of the event only. */
  resume_token?: string
}

/** Severities of `job.log`, least first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** A severity of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** `job.log`: the agent has a line for people. */
export interface JobLog extends Extensions {
  level: LogLevel
  message: string
  attributes?: Record<string, unknown>
}

/** `job.progress`: the agent tells how far its work is. */
export interface JobProgress extends Extensions {
  /** At least 0. */
  current: number
  total?: number
  units?: string
  message?: string
}

/** `job.result_chunk`: there is a part of a result that comes in parts. `docs/protocol.md` §6. */
export interface JobResultChunk extends Extensions {
  result_id: string
  /** From 0, contiguous. */
  chunk_seq: number
  data: string
  encoding: 'utf8' | 'base64'
  /** `false` on the last one. */
  more: boolean
}

/** What a chunked result is once put together. */
export type ResultFormat = 'json' | 'text' | 'bytes'

/** `job.completed`: the end: the agent returned; with `result`, or with the three fields of one in parts. */
export interface JobCompleted extends Extensions {
  result?: unknown
  result_id?: string
  /** Bytes of the whole result. */
  result_size?: number
  result_format?: ResultFormat
  summary?: string
  /** What the runtime has to add. */
  details?: Record<string, unknown>
}

/** `job.failed`: the end: the agent threw, or something else kept it from its result, time-outs included. */
export interface JobFailed extends Extensions {
  error: WireError
}

/** `job.cancelled`: the end: somebody asked for it. */
export interface JobCancelled extends Extensions {
  reason?: string
  /** What the runtime has to add. */
  details?: Record<string, unknown>
}

/** `job.thought`: the agent shows a piece of its reasoning. */
export interface JobThought extends Extensions {
  text: string
}

/** `job.status`: the work entered a phase. */
export interface JobStatus extends Extensions {
  phase: string
  message?: string
  details?: Record<string, unknown>
  /** With the phase `credential_rotated`, all credentials of the job as they are now; the owner's copy of the event only. */
  credentials?: Credential[]
}

/** `job.tool_call`: a tool is about to run. */
export interface JobToolCall extends Extensions {
  call_id: string
  tool: string
  args: unknown
}

/** `job.tool_result`: a tool has answered, or has not. */
export interface JobToolResult extends Extensions {
  call_id: string
  result?: unknown
  error?: WireError
}

/** `job.metric`: something was measured. */
export interface JobMetric extends Extensions {
  name: string
  value: number
  unit?: string
  dimensions?: Record<string, string>
}

/** `job.artifact_ref`: the job made something, and tells where it is. */
export interface JobArtifactRef extends Extensions {
  uri: string
  content_type: string
  byte_size?: number
  /** 64 lower-case hex digits. */
  sha256?: string
}

/** `job.delegate`: part of the work went to a child job. */
export interface JobDelegate extends Extensions {
  child_job_id: string
  agent: string
  input: unknown
}

/** `x-vendor.name`: a vendor's own event happened; its name is `x-` and 1 to 126 letters, digits, `_`, `.` or `-`. */
export interface VendorBody extends Extensions {
  body: unknown
}

/** The body of each event type. `docs/protocol.md` §4. */
export interface JobEventBodies {
  'job.queued': JobQueued
  'job.started': JobStarted
  'job.log': JobLog
  'job.progress': JobProgress
  'job.result_chunk': JobResultChunk
  'job.completed': JobCompleted
  'job.failed': JobFailed
  'job.cancelled': JobCancelled
  'job.thought': JobThought
  'job.status': JobStatus
  'job.tool_call': JobToolCall
  'job.tool_result': JobToolResult
  'job.metric': JobMetric
  'job.artifact_ref': JobArtifactRef
  'job.delegate': JobDelegate
}
