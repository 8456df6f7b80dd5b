import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { expect, it } from 'vitest'
import { otel } from '../otel'
import { jobOf, recordedSpans, TRACE } from '../testing/told'

const line = (body: object) => JSON.stringify({ seq: 3, ts: '2026-01-01T00:00:01.250Z', ...body })

it('a job.log is a log record, tied to the span of the agent that says it', async () => {
  const exporter = new InMemoryLogRecordExporter()
  const loggerProvider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
  const { provider, span } = recordedSpans()
  const observer = otel({ tracerProvider: provider, loggerProvider })
  const job = jobOf('job_1')
  observer.observe?.({ type: 'job.accepted', job })
  await observer.around?.(job, async () => {
    observer.read?.(job, 'job.log', line({ level: 'warn', message: 'careful', attributes: { disk: 93 } }))
    observer.read?.(job, 'job.progress', line({ current: 1 }))
  })
  const [record, ...others] = exporter.getFinishedLogRecords()
  expect(others).toEqual([])
  expect(record).toMatchObject({
    severityNumber: 13,
    severityText: 'warn',
    body: 'careful',
    attributes: {
      disk: 93,
      'arcp.job.id': 'job_1',
      'gen_ai.agent.name': 'report',
      'gen_ai.agent.version': '1.0.0',
    },
    spanContext: { traceId: TRACE, spanId: span('invoke_agent report').spanContext().spanId },
    hrTime: [Date.UTC(2026, 0, 1) / 1_000 + 1, 250_000_000],
  })
})

it.each([
  ['trace', 1],
  ['debug', 5],
  ['info', 9],
  ['warn', 13],
  ['error', 17],
  ['fatal', 21],
])('the level %s has the number %i', (level, severityNumber) => {
  const emitted: unknown[] = []
  const loggerProvider = { getLogger: () => ({ emit: (record: object) => void emitted.push(record) }) }
  otel({ loggerProvider }).read?.(jobOf('job_1'), 'job.log', line({ level, message: 'm' }))
  expect(emitted).toMatchObject([{ severityNumber }])
})

it('nobody is handed what jobs say where no logs API is given', () => {
  expect(otel()).not.toHaveProperty('read')
})
