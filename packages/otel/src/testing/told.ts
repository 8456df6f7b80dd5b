import type { Observation, ObservedJob } from '@arcp/protocol/observe'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'

export const TRACE = '0af7651916cd43dd8448eb211c80319c'

/** A job as a runtime tells of it. */
export function jobOf(jobId: string, more: Partial<ObservedJob> = {}): ObservedJob {
  const scope = { principal: 'ada@example.com', chain: [] }
  return { jobId, agent: 'report@1.0.0', sessionId: 'sess_1', scope, traceId: TRACE, ...more }
}

/** Everything a runtime tells of a job that goes well. */
export function lifeOf(job: ObservedJob): Observation[] {
  return [
    { type: 'job.accepted', job },
    { type: 'event.appended', job, eventType: 'job.queued', seq: 1, size: 10 },
    { type: 'job.started', job },
    { type: 'event.appended', job, eventType: 'job.completed', seq: 2, size: 20 },
    { type: 'job.ended', job, state: 'completed', cause: 'returned' },
  ]
}

/** A provider whose ended spans are found by their names. */
export function recordedSpans() {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  return {
    provider,
    spans: (): readonly ReadableSpan[] => exporter.getFinishedSpans(),
    span(name: string): ReadableSpan {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name)
      if (found.length !== 1 || !found[0]) throw new Error(`${found.length} spans are named ${name}`)
      return found[0]
    },
  }
}
