import type { Timers } from '@arcp/protocol'
import type { Context, MeterProvider, TracerProvider } from '@opentelemetry/api'

/** A record for a logs API: what `@opentelemetry/api-logs` calls a `LogRecord`, as far as it is used here. */
export interface LogRecord {
  readonly timestamp?: number
  readonly severityNumber?: number
  readonly severityText?: string
  readonly body?: string
  readonly attributes?: Readonly<Record<string, never>>
  readonly context?: Context
}

/** What log records are given to: a `LoggerProvider` of `@opentelemetry/api-logs` is one. */
export interface LogRecordProvider {
  getLogger(name: string, version?: string): { emit(record: LogRecord): void }
}

/** Options of {@link otel}. */
export interface OtelOptions {
  /** Default: the one registered with `@opentelemetry/api`, whenever that is. */
  readonly tracerProvider?: TracerProvider
  /** Default: the one registered with `@opentelemetry/api` when `otel` is called. */
  readonly meterProvider?: MeterProvider
  /** Where `job.log` events go as log records, text and attributes included. Default: nowhere. */
  readonly loggerProvider?: LogRecordProvider
  /**
   * Whether baggage travels along with traces, by way of the propagator registered with `@opentelemetry/api`. Default
   * `false`: whoever submits a job would say what the agent's own requests carry.
   */
  readonly baggage?: boolean
  /** Whether spans of requests name the whole URL, without user info, query and fragment. Default `false`: the host. */
  readonly urls?: boolean
  /** Whether spans of jobs name their principal. Default `false`. */
  readonly principals?: boolean
  /** Whether what an agent, tool or client threw is recorded with its text and stack. Default `false`: its code. */
  readonly exceptions?: boolean
  /** The source of time for what metrics measure. Default: the machine's. */
  readonly clock?: Timers
}
