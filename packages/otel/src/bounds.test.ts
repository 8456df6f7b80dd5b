import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ObservedOperation } from '@arcp/protocol/observe'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import { otel } from './otel'
import { MAX_TEXT } from './short'
import { SnapshotSpanProcessor } from './snapshots/snapshot-span-processor'
import { jobOf, lifeOf, recordedSpans, TRACE } from './testing/told'

const JOBS = 10_000
const METER = ['createCounter', 'createUpDownCounter', 'createHistogram', 'createObservableCounter']
const carried = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` }

/** Everything nobody holds any more is gone afterwards. */
const collect = (() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
})()

describe('an observer keeps nothing', () => {
  it('of 10,000 jobs that have ended, or never were, and of the sessions they were of', async () => {
    const begun: WeakRef<object>[] = []
    const spans = {
      onStart: (span: object) => void begun.push(new WeakRef(span)),
      onEnd() {},
      forceFlush: async () => {},
      shutdown: async () => {},
    }
    const snapshots = new SnapshotSpanProcessor({ exporter: { export() {} }, maxSpans: JOBS })
    let ended = 0
    const instrument = (name: string) => ({
      add: name === 'arcp.jobs.ended' ? () => ended++ : () => {},
      record() {},
    })
    const meter = {
      ...Object.fromEntries(METER.map((create) => [create, instrument])),
      addBatchObservableCallback() {},
    }
    const observer = otel({
      tracerProvider: new BasicTracerProvider({ spanProcessors: [spans, snapshots] }),
      meterProvider: { getMeter: () => meter as never },
      loggerProvider: { getLogger: () => ({ emit() {} }) },
    })
    const client = { name: 'c', version: '1' }
    const { scope } = jobOf('')
    for (let i = 0; i < JOBS; i++) {
      const sessionId = `sess_${i}`
      observer.observe?.({ type: 'session.opened', sessionId, scope, client, features: [] })
      const traceId = observer.traceOf?.(jobOf(`job_${i}`)) ?? ''
      const job = jobOf(`job_${i}`, { sessionId, traceId })
      if (i % 10 === 0) observer.observe?.({ type: 'job.discarded', job })
      else {
        const [accepted, ...later] = lifeOf(job)
        if (accepted) observer.observe?.(accepted)
        const working = observer.around?.(job, async () => {})
        for (const observation of later) observer.observe?.(observation)
        await working
      }
      observer.observe?.({ type: 'session.ended', sessionId, reason: 'bye' })
    }
    const before = [ended, begun.length]
    expect(before).toEqual([JOBS * 0.9, JOBS * 0.1 + JOBS * 0.9 * 3])
    for (let i = 0; i < JOBS; i++)
      for (const late of lifeOf(jobOf(`job_${i}`)).slice(1)) observer.observe?.(late)
    expect([ended, begun.length]).toEqual(before)
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    expect(begun.filter((ref) => ref.deref()).length).toBe(0)
    observer.observe?.({ type: 'session.parked', sessionId: 'sess_1', reason: 'bye' })
  }, 60_000)

  it('of events, and no more than the SDK does of a job that never ends', () => {
    const { provider, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    const job = jobOf('job_1', { traceContext: carried })
    observer.observe?.({ type: 'job.accepted', job })
    for (let seq = 1; seq <= JOBS; seq++) {
      observer.observe?.({ type: 'event.appended', job, eventType: 'job.log', seq, size: 10 })
      observer.observe?.({ type: 'session.parked', sessionId: 'sess_1', reason: 'connection_lost' })
      observer.observe?.({ type: 'session.resumed', sessionId: 'sess_1', replayed: false, missed: 1 })
      observer.observe?.({ type: 'job.resumed', job, sessionId: 'sess_1', traceContext: carried })
      observer.observe?.({ type: 'operation.denied', job, namespace: 'fs.read', target: 'secret' })
    }
    observer.observe?.({ type: 'job.ended', job, state: 'completed', cause: 'returned' })
    const { events, links, attributes } = span('job report')
    expect([events.length, links.length, attributes['arcp.job.events']]).toEqual([128, 128, JOBS])
  })

  it('of traces whose jobs are neither accepted nor discarded, but of the last 10,000', () => {
    const { provider, span, spans } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    const first = observer.traceOf?.(jobOf('job_0')) ?? ''
    const second = observer.traceOf?.(jobOf('job_1')) ?? ''
    for (let i = 2; i <= JOBS; i++) observer.traceOf?.(jobOf(`job_${i}`))
    for (const observation of lifeOf(jobOf('job_0', { traceId: first, agent: 'first@1' }))) {
      observer.observe?.(observation)
    }
    for (const observation of lifeOf(jobOf('job_1', { traceId: second, agent: 'second@1' }))) {
      observer.observe?.(observation)
    }
    expect(span('job first').parentSpanContext).toMatchObject({ traceId: first })
    const ofJob = (id: string) =>
      spans().filter((one) => one.attributes['arcp.job.id'] === id && one.kind === 1)
    expect(ofJob('job_0').map(({ name, status }) => [name, status.code])).toEqual([
      ['job report', 2],
      ['job first', 0],
    ])
    expect(ofJob('job_1').map(({ parentSpanContext }) => parentSpanContext)).toEqual([undefined])
    expect(ofJob('job_1')[0]?.spanContext().traceId).toBe(second)
  })
})

describe('what others name', () => {
  const long = '$&'.repeat(MAX_TEXT)
  const cut = `${long.slice(0, MAX_TEXT - 1)}…`

  it.each<[string, ObservedOperation]>([
    ['execute_tool', { kind: 'tool', name: long, callId: 'call_1' }],
    ['authorize_model', { kind: 'model', name: long }],
    ['delegate', { kind: 'delegate', agent: `${long}@${long}` }],
  ])('is cut at 1,024 characters, and is otherwise as it was named: %s', async (head, operation) => {
    const { provider, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider, urls: true })
    const error = new Error('no')
    error.name = long
    const failing = observer.around?.(jobOf('job_1'), () => Promise.reject(error), operation)
    await expect(failing).rejects.toBe(error)
    const { attributes } = span(`${head} ${cut}`)
    expect(attributes['error.type']).toBe(cut)
    for (const value of Object.values(attributes)) expect(String(value).length).toBeLessThanOrEqual(MAX_TEXT)
  })

  it('is cut in URLs, in submits and in namespaces', async () => {
    const { provider, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider, urls: true })
    const job = jobOf('job_1')
    const url = `https://example.com/${long}`
    observer.observe?.({ type: 'job.accepted', job })
    await observer.around?.(job, async () => ({}), { kind: 'fetch', method: 'GET', url })
    observer.observe?.({ type: 'operation.denied', job, namespace: `x-${long}`, target: '' })
    observer.observe?.({ type: 'job.ended', job, state: 'completed', cause: 'returned' })
    observer.submit?.({ agent: long })?.ended?.(undefined)
    expect(String(span('GET').attributes['url.full'])).toHaveLength(MAX_TEXT)
    expect(String(span('job report').events[0]?.attributes?.['arcp.lease.namespace'])).toHaveLength(MAX_TEXT)
    expect(String(span(`submit ${cut}`).attributes['gen_ai.agent.name'])).toBe(cut)
  })
})
