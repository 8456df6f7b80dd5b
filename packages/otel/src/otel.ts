import { refuseOthers, systemTimers } from '@arcp/protocol'
import type { Observation, Observer } from '@arcp/protocol/observe'
import { metrics, trace } from '@opentelemetry/api'
import { name, version } from '../package.json'
import { jobLogs } from './logs/job-logs'
import { denialMetrics } from './metrics/denial-metrics'
import { JobMetrics } from './metrics/job-metrics'
import { SessionMetrics } from './metrics/session-metrics'
import { CONVENTIONS } from './names'
import type { OtelOptions } from './options'
import { JobTraces } from './traces/job-traces'
import { observeSubmit } from './traces/submit-span'

/**
 * An observer that tells OpenTelemetry what a runtime or a client does: spans, metrics and, where they are asked for, log
 * records. The same one may watch several. What it is given to work with may fail, and no job is the worse for it.
 * `docs/protocol.md` §11, `docs/observability.md`.
 *
 * @throws TypeError for an option there is none of
 */
export function otel(options: OtelOptions = {}): Observer {
  const {
    tracerProvider = trace,
    meterProvider = metrics,
    loggerProvider,
    baggage = false,
    urls = false,
    principals = false,
    exceptions = false,
    clock = systemTimers,
    ...others
  } = options
  refuseOthers(others)
  const schema = { schemaUrl: `https://opentelemetry.io/schemas/${CONVENTIONS}` }
  const tracer = tracerProvider.getTracer(name, version, schema)
  const meter = meterProvider.getMeter(name, version, schema)
  const traces = new JobTraces({ tracer, baggage, urls, principals, exceptions, clock })
  const jobs = new JobMetrics(meter, clock)
  const sessions = new SessionMetrics(meter)
  const denied = denialMetrics(meter)
  const parts: readonly ((observation: Observation) => void)[] = [
    (observation) => traces.observe(observation),
    (observation) => jobs.observe(observation),
    (observation) => sessions.observe(observation),
    denied,
  ]
  return {
    observe(observation) {
      // The path of every event: two sums, and none of the others'.
      if (observation.type === 'event.appended') {
        traces.observe(observation)
        jobs.observe(observation)
      } else tellAll(parts, observation)
    },
    traceOf: (job) => traces.begin(job),
    around: (job, run, operation) =>
      operation ? traces.aroundOperation(job, run, operation) : traces.aroundAgent(job, run),
    submit: (submit) => observeSubmit({ tracer, baggage, exceptions }, submit),
    ...(loggerProvider && {
      read: jobLogs(loggerProvider, [name, version], (jobId) => traces.contextOf(jobId)),
    }),
  }
}

/** One that throws keeps the others from nothing; what it threw is the caller's to log. */
function tellAll(parts: readonly ((observation: Observation) => void)[], observation: Observation): void {
  let failure: { readonly error: unknown } | undefined
  for (const tell of parts) {
    try {
      tell(observation)
    } catch (error) {
      failure ??= { error }
    }
  }
  if (failure) throw failure.error
}
