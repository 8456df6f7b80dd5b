import { otel } from '@arcp/otel'
import { SnapshotSpanProcessor } from '@arcp/otel/snapshots'
import { agent } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  SimpleSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { expect, it } from 'vitest'
import { links } from '../links'
import { stage } from '../stage'

const broken = () => {
  throw new Error('no')
}

/** Throws whatever it is asked to do, but is there. */
const brokenThing: object = new Proxy(() => {}, { get: () => broken })

const spanThatThrows: TracerProvider = { getTracer: () => ({ startSpan: () => brokenThing }) as never }
const tracerThatThrows: TracerProvider = { getTracer: () => brokenThing as never }
const instrument = () => ({ add: broken, record: broken, addCallback() {} })
const meterThatThrows = {
  getMeter: () =>
    new Proxy(
      {},
      { get: (_, name) => (name === 'addBatchObservableCallback' ? () => {} : instrument) },
    ) as never,
} satisfies MeterProvider
const loggerThatThrows = { getLogger: () => ({ emit: broken }) }

const exporting = (exporter: Partial<SpanExporter>) => {
  const whole = { shutdown: async () => {}, ...exporter } as SpanExporter
  return new BasicTracerProvider({
    spanProcessors: [
      new SimpleSpanProcessor(whole),
      new BatchSpanProcessor(whole),
      new SnapshotSpanProcessor({ exporter: whole, intervalMs: 1 }),
    ],
  })
}

const processing = (processor: Partial<SpanProcessor>) =>
  new BasicTracerProvider({
    spanProcessors: [
      { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {}, ...processor },
    ],
  })

it.each([
  ['a tracer that throws', { tracerProvider: tracerThatThrows }],
  ['spans that throw', { tracerProvider: spanThatThrows }],
  [
    'a sampler that throws',
    { tracerProvider: new BasicTracerProvider({ sampler: { shouldSample: broken } }) },
  ],
  ['a processor that throws at the start', { tracerProvider: processing({ onStart: broken }) }],
  ['a processor that throws at the end', { tracerProvider: processing({ onEnd: broken }) }],
  ['an exporter that throws', { tracerProvider: exporting({ export: broken }) }],
  ['an exporter that fails', { tracerProvider: exporting({ export: (_, done) => done({ code: 1 }) }) }],
  ['an exporter that never answers', { tracerProvider: exporting({ export() {} }) }],
  ['metrics that throw', { meterProvider: meterThatThrows }],
  ['a logs API that throws', { loggerProvider: loggerThatThrows }],
])('%s, on both sides: jobs run, fail and are cancelled as if nobody watched', async (_, options) => {
  const version = '1.0.0'
  const agents = [
    implement(agent({ name: 'work', version }), async (input, ctx) => {
      await ctx.log({ level: 'info', message: 'at it' })
      await ctx.spend('USD', '0.1')
      const sum = await ctx.tool('add', { a: 1 }, () => 2)
      const refused = await ctx.model('gpt').then(String, ({ code }) => code)
      const denied = await ctx.fetch('http://example.com/').then(String, ({ code }) => code)
      return [input, sum, refused, denied]
    }),
    implement(agent({ name: 'fail', version }), () => broken()),
    implement(agent({ name: 'wait', version }), (_, ctx) => {
      return new Promise((_resolve, reject) =>
        ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason), { once: true }),
      )
    }),
  ]
  const [link] = links
  if (!link) throw new Error('no link')
  await using s = await stage(link, { agents, observe: otel(options) })
  const client = await s.connect({ observe: otel(options) })
  const job = await client.submit('work', 7, { lease: { 'tool.call': ['add'] } })
  const types: string[] = []
  for await (const { type } of job.events()) types.push(type)
  expect(await job.result()).toEqual([7, 2, 'PERMISSION_DENIED', 'PERMISSION_DENIED'])
  expect(types).toEqual([
    'job.queued',
    'job.started',
    'job.log',
    'job.metric',
    'job.tool_call',
    'job.tool_result',
    'job.tool_call',
    'job.tool_result',
    'job.tool_call',
    'job.tool_result',
    'job.completed',
  ])
  const failing = await client.submit('fail', 1)
  await expect(failing.result()).rejects.toMatchObject({ code: 'INTERNAL_ERROR' })
  const waiting = await client.submit('wait', 1)
  await waiting.cancel('enough')
  await expect(waiting.result()).rejects.toMatchObject({ code: 'CANCELLED' })
  await expect(client.submit('nobody', 1)).rejects.toMatchObject({ code: 'AGENT_NOT_AVAILABLE' })
})
