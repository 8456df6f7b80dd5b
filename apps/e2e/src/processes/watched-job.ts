import { connect } from '@arcp/client'
import { otel } from '@arcp/otel'
import { SnapshotSpanProcessor } from '@arcp/otel/snapshots'
import { agent } from '@arcp/protocol'
import { memoryDialer } from '@arcp/protocol/transport'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'

/** An exporter that takes what it is given, never says that it is done with it, and never shuts down. */
const silent = {
  export() {},
  forceFlush: () => new Promise<void>(() => {}),
  shutdown: () => new Promise<void>(() => {}),
}

/**
 * Runs jobs that are watched by all there is, one of which never comes to its end by itself, beside a span that does not
 * either, and closes runtime and client. The process is to end because nothing is left to do.
 */
async function main(): Promise<void> {
  const spanProcessors = [
    new BatchSpanProcessor(silent, { scheduledDelayMillis: 1, exportTimeoutMillis: 1 }),
    new SnapshotSpanProcessor({ exporter: silent, intervalMs: 1, select: () => true }),
  ]
  const reader = new PeriodicExportingMetricReader({
    exporter: silent,
    exportIntervalMillis: 2,
    exportTimeoutMillis: 1,
  })
  const tracerProvider = new BasicTracerProvider({ spanProcessors })
  tracerProvider.getTracer('application').startSpan('without an end')
  const observe = otel({
    tracerProvider,
    meterProvider: new MeterProvider({ readers: [reader] }),
  })
  const version = '1.0.0'
  const runtime = createRuntime({
    name: 'watched',
    version,
    auth: staticTokens({ t: 'ada' }),
    agents: [
      implement(agent({ name: 'echo', version }), (input) => input),
      implement(agent({ name: 'stays', version }), () => new Promise(() => {})),
    ],
    observe,
    limits: { closeMs: 1 },
  })
  const client = await connect(memoryDialer(runtime), { token: 't', observe })
  await client.submit('stays', 0)
  const result = await (await client.submit('echo', 'done')).result()
  await client.close()
  await runtime.close()
  process.send?.({ result })
  process.disconnect?.()
}

void main()
