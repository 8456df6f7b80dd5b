import { seededRandom, TestClock } from '@arcp/testkit'
import { BasicTracerProvider, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import { otel } from '../otel'
import { jobOf } from '../testing/told'
import { SnapshotSpanProcessor, type SnapshotSpanProcessorOptions } from './snapshot-span-processor'

type Done = Parameters<SpanExporter['export']>[1]

/** A runtime's spans under a clock, and each batch of snapshots with what says that it is exported. */
function snapshots(options: Partial<SnapshotSpanProcessorOptions> = {}) {
  const clock = new TestClock()
  const batches: { readonly spans: readonly ReadableSpan[]; readonly done: () => void }[] = []
  const exporter = {
    export: (spans: ReadableSpan[], done: Done) =>
      void batches.push({ spans, done: () => done({ code: 0 }) }),
  }
  const processor = new SnapshotSpanProcessor({ exporter, clock, random: seededRandom(1), ...options })
  const provider = new BasicTracerProvider({ spanProcessors: [processor] })
  const observer = otel({ tracerProvider: provider, clock })
  return {
    clock,
    batches,
    processor,
    provider,
    observer,
    start: (jobId: string) => observer.observe?.({ type: 'job.accepted', job: jobOf(jobId) }),
    end: (jobId: string) =>
      observer.observe?.({ type: 'job.ended', job: jobOf(jobId), state: 'completed', cause: 'returned' }),
    names: () => batches.map(({ spans }) => spans.map(({ name }) => name)),
  }
}

describe('spans that have not ended', () => {
  it('are exported on the interval, as children of themselves that end now', () => {
    const { clock, batches, names, start, observer } = snapshots({ intervalMs: 1_000 })
    start('job_1')
    void observer.around?.(jobOf('job_1'), () => new Promise(() => {}))
    clock.advance(999)
    expect(batches).toEqual([])
    clock.advance(1)
    expect(names()).toEqual([['job report (running)', 'invoke_agent report (running)']])
    batches[0]?.done()
    clock.advance(1_000)
    const [first, second] = batches.map(({ spans }) => spans[0])
    expect(second?.parentSpanContext).toEqual(first?.parentSpanContext)
    expect(second?.spanContext().traceId).toBe(first?.parentSpanContext?.traceId)
    const ids = [first, second, first].map((span) => span?.spanContext().spanId)
    expect(new Set([...ids, first?.parentSpanContext?.spanId]).size).toBe(3)
    expect([first, second].map((span) => span?.attributes['arcp.snapshot'])).toEqual([1, 2])
    expect(first).toMatchObject({ ended: true, attributes: { 'arcp.job.id': 'job_1' } })
  })

  it('keep what they were when they were told of', () => {
    const { clock, batches, start, observer } = snapshots()
    start('job_1')
    clock.advance(10_000)
    observer.observe?.({ type: 'session.parked', sessionId: 'sess_1', reason: 'bye' })
    expect(batches[0]?.spans[0]?.events).toEqual([])
    batches[0]?.done()
    clock.advance(10_000)
    expect(batches[1]?.spans[0]?.events).toHaveLength(1)
  })

  it('are told of no more when they have ended, and leave no timer', () => {
    const { clock, batches, start, end } = snapshots()
    start('job_1')
    expect(clock.timers).toBe(1)
    end('job_1')
    expect(clock.timers).toBe(0)
    clock.advance(60_000)
    expect(batches).toEqual([])
  })

  it('are told of no more either where a processor before this one throws at their end', () => {
    const { clock, batches, processor } = snapshots()
    const broken = {
      onStart() {},
      onEnd() {
        throw new Error('no')
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    }
    const provider = new BasicTracerProvider({ spanProcessors: [broken, processor] })
    const observer = otel({ tracerProvider: provider, clock })
    const job = jobOf('job_1')
    observer.observe?.({ type: 'job.accepted', job })
    const end = () => observer.observe?.({ type: 'job.ended', job, state: 'completed', cause: 'returned' })
    expect(end).toThrow('no')
    clock.advance(60_000)
    expect([batches, clock.timers]).toEqual([[], 0])
  })

  it('are those of jobs and their agents, or those that are selected', () => {
    const { clock, provider, names } = snapshots()
    provider.getTracer('other').startSpan('other')
    expect(clock.timers).toBe(0)
    const chosen = snapshots({ select: ({ name }) => name === 'other' })
    chosen.provider.getTracer('other').startSpan('other')
    chosen.start('job_1')
    chosen.clock.advance(10_000)
    expect([names(), chosen.names()]).toEqual([[], [['other (running)']]])
  })

  it('beyond the most there may be are not told of', () => {
    const { clock, batches, start } = snapshots({ maxSpans: 2 })
    for (const job of ['job_1', 'job_2', 'job_3']) start(job)
    clock.advance(10_000)
    expect(batches[0]?.spans.map(({ attributes }) => attributes['arcp.job.id'])).toEqual(['job_1', 'job_2'])
  })

  it('are told of at once when flushed, and never again after a shutdown', async () => {
    const { clock, batches, processor, start } = snapshots()
    start('job_1')
    await processor.forceFlush()
    expect(batches).toHaveLength(1)
    await processor.shutdown()
    expect(clock.timers).toBe(0)
    clock.advance(60_000)
    expect(batches).toHaveLength(1)
  })
})

describe('an exporter', () => {
  it('that is not done is given nothing more until its time is up', () => {
    const { clock, batches, start } = snapshots({ intervalMs: 1_000, exportTimeoutMs: 3_000 })
    start('job_1')
    clock.advance(3_999)
    expect(batches).toHaveLength(1)
    clock.advance(1)
    expect(batches).toHaveLength(2)
    batches[0]?.done()
    clock.advance(1_000)
    expect(batches, 'the late end of the first is not that of the second').toHaveLength(2)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('that %s harms nothing and is tried again', async (_, fail) => {
    let tries = 0
    const exporter = {
      export() {
        tries++
        return fail()
      },
    }
    const { clock, start, end } = snapshots({ exporter, intervalMs: 1_000 })
    start('job_1')
    await clock.elapse(2_000)
    expect(tries).toBe(2)
    end('job_1')
  })
})

it.each(['intervalMs', 'maxSpans', 'exportTimeoutMs'])('%s is refused where it is not above 0', (option) => {
  for (const value of [0, -1, Number.NaN]) {
    expect(() => new SnapshotSpanProcessor({ exporter: { export() {} }, [option]: value })).toThrow(TypeError)
  }
})
