import type { Observation, ObservedJob, Observer } from '@arcp/protocol/observe'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { otel } from '../otel'
import { jobOf, lifeOf, recordedSpans, TRACE } from '../testing/told'

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())

const OTHER = 'f'.repeat(32)
const parentOf = (traceId: string) => ({
  traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  tracestate: 'v=1',
})

function tell(observer: Observer, observations: readonly Observation[]): void {
  for (const observation of observations) observer.observe?.(observation)
}

function accept(observer: Observer, job: ObservedJob): void {
  tell(observer, [
    { type: 'job.accepted', job },
    { type: 'job.started', job },
  ])
}

function end(observer: Observer, job: ObservedJob): void {
  tell(observer, [{ type: 'job.ended', job, state: 'completed', cause: 'returned' }])
}

describe('the span of a job', () => {
  it('is below what its submit carried, with the state of that trace', () => {
    const { provider, span } = recordedSpans()
    const job = jobOf('job_1', { traceContext: parentOf(TRACE) })
    tell(otel({ tracerProvider: provider }), lifeOf(job))
    const found = span('job report')
    expect(found.parentSpanContext).toMatchObject({
      traceId: TRACE,
      spanId: 'b7ad6b7169203331',
      isRemote: true,
    })
    expect(found.parentSpanContext?.traceState?.serialize()).toBe('v=1')
    expect(found.attributes['arcp.job.events']).toBe(2)
  })

  it('links to what its submit carried of another trace', () => {
    const { provider, span } = recordedSpans()
    tell(otel({ tracerProvider: provider }), lifeOf(jobOf('job_1', { traceContext: parentOf(OTHER) })))
    const { links, parentSpanContext } = span('job report')
    expect(links.map(({ context: { traceId } }) => traceId)).toEqual([OTHER])
    expect(parentSpanContext).toMatchObject({ traceId: TRACE, spanId: TRACE.slice(16) })
  })

  it('is below what its parent’s agent is at, when that is in its trace, and links to it when not', async () => {
    const { provider, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    const parent = jobOf('job_1', { agent: 'boss@1.0.0' })
    const child = jobOf('job_2', { agent: 'helper@1.0.0', parentJobId: 'job_1' })
    const stranger = jobOf('job_3', { agent: 'stranger@1.0.0', parentJobId: 'job_1', traceId: OTHER })
    accept(observer, parent)
    await observer.around?.(parent, async () => {
      await null
      const own = provider.getTracer('agent').startSpan('delegating')
      await context.with(trace.setSpan(context.active(), own), async () => {
        await null
        accept(observer, child)
      })
      own.end()
      accept(observer, stranger)
    })
    for (const job of [child, stranger, parent]) end(observer, job)
    const agent = span('invoke_agent boss').spanContext()
    expect(span('job helper').parentSpanContext?.spanId).toBe(span('delegating').spanContext().spanId)
    expect(span('job helper').attributes['arcp.job.parent_id']).toBe('job_1')
    expect(span('job stranger').links).toMatchObject([{ context: { spanId: agent.spanId } }])
    expect(span('job stranger').spanContext().traceId).toBe(OTHER)
  })

  it('is below its parent’s agent also when it is accepted outside of that', async () => {
    const { provider, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    const parent = jobOf('job_1', { agent: 'boss@1.0.0' })
    const child = jobOf('job_2', { agent: 'helper@1.0.0', parentJobId: 'job_1' })
    accept(observer, parent)
    let finish = () => {}
    const work = observer.around?.(parent, () => new Promise<void>((resolve) => (finish = resolve)))
    accept(observer, child)
    finish()
    await work
    for (const job of [child, parent]) end(observer, job)
    expect(span('job helper').parentSpanContext?.spanId).toBe(span('invoke_agent boss').spanContext().spanId)
  })

  it('that begins its trace names it; one that is discarded ends as an error', () => {
    const { provider, spans, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    const { traceId: _, ...unnamed } = jobOf('job_1')
    const traceId = observer.traceOf?.(unnamed)
    expect(traceId).toMatch(/^[0-9a-f]{32}$/)
    tell(observer, lifeOf({ ...unnamed, traceId: traceId ?? '' }))
    expect(span('job report').spanContext().traceId).toBe(traceId)
    const other = observer.traceOf?.({ ...unnamed, jobId: 'job_2' })
    tell(observer, [{ type: 'job.discarded', job: jobOf('job_2', { traceId: other ?? '' }) }])
    expect(spans()).toHaveLength(3)
    expect(spans()[2]).toMatchObject({
      name: 'job report',
      status: { code: 2 },
      attributes: { 'arcp.job.id': 'job_2', 'error.type': 'INTERNAL_ERROR' },
    })
  })

  it('of a runtime whose trace another observer names belongs there', () => {
    const { provider, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    observer.traceOf?.(jobOf('job_1'))
    tell(observer, lifeOf(jobOf('job_1')))
    expect(span('job report').spanContext().traceId).toBe(TRACE)
  })

  it('tells of sessions that go and come back, of those that take it up, and links to them', () => {
    const { provider, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    const job = jobOf('job_1')
    const moved = jobOf('job_1', { sessionId: 'sess_2' })
    accept(observer, job)
    accept(observer, jobOf('job_2', { agent: 'other@1.0.0', sessionId: 'sess_3' }))
    tell(observer, [
      { type: 'session.parked', sessionId: 'sess_1', reason: 'connection_lost' },
      { type: 'session.resumed', sessionId: 'sess_1', replayed: false, missed: 3 },
      {
        type: 'job.resumed',
        job: moved,
        sessionId: 'sess_2',
        formerOwner: 'sess_1',
        traceContext: parentOf(OTHER),
      },
      { type: 'session.parked', sessionId: 'sess_1', reason: 'bye' },
      { type: 'session.parked', sessionId: 'sess_2', reason: 'heartbeat_lost' },
      { type: 'job.resumed', job: moved, sessionId: 'sess_2' },
    ])
    end(observer, moved)
    const { events, links, attributes } = span('job report')
    expect(events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['arcp.session.parked', { 'arcp.session.id': 'sess_1', 'arcp.reason': 'connection_lost' }],
      [
        'arcp.session.resumed',
        {
          'arcp.session.id': 'sess_1',
          'arcp.session.replayed': false,
          'arcp.session.missed_events': 3,
        },
      ],
      ['arcp.job.resumed', { 'arcp.session.id': 'sess_2' }],
      ['arcp.job.owner_changed', { 'arcp.session.id': 'sess_2', 'arcp.session.former_id': 'sess_1' }],
      ['arcp.session.parked', { 'arcp.session.id': 'sess_2', 'arcp.reason': 'heartbeat_lost' }],
      ['arcp.job.resumed', { 'arcp.session.id': 'sess_2' }],
    ])
    expect(links.map(({ context: { traceId } }) => traceId)).toEqual([OTHER])
    expect(attributes['arcp.session.id']).toBe('sess_2')
  })

  it('ends the span of an agent that does not come to its end', () => {
    const { provider, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    const job = jobOf('job_1')
    accept(observer, job)
    void observer.around?.(job, () => new Promise(() => {}))
    tell(observer, [{ type: 'job.ended', job, state: 'failed', cause: 'timeout', errorCode: 'TIMEOUT' }])
    for (const name of ['invoke_agent report', 'job report']) {
      expect(span(name)).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'TIMEOUT' } })
    }
  })

  it('that was cancelled is no error', () => {
    const { provider, span } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    const job = jobOf('job_1')
    accept(observer, job)
    tell(observer, [{ type: 'job.ended', job, state: 'cancelled', cause: 'cancel' }])
    expect(span('job report')).toMatchObject({
      status: { code: 0 },
      attributes: { 'arcp.job.cause': 'cancel' },
    })
  })

  it('has one of no length below it as soon as it is started', () => {
    const { provider, span, spans } = recordedSpans()
    const observer = otel({ tracerProvider: provider })
    accept(observer, jobOf('job_1'))
    expect(spans()).toHaveLength(1)
    expect(span('arcp.job.started')).toMatchObject({
      duration: [0, 0],
      attributes: { 'arcp.job.id': 'job_1' },
    })
  })
})

describe('what is not asked for', () => {
  const carried = { ...parentOf(TRACE), baggage: 'user=7' }
  const failing = async (observer: Observer) => {
    const job = jobOf('job_1', { traceContext: carried })
    let baggage: string | undefined
    accept(observer, job)
    const url = 'https://example.com:8443/secret'
    await observer
      .around?.(job, async () => {
        baggage = propagation.getActiveBaggage()?.getEntry('user')?.value
        await observer.around?.(job, async () => ({ status: 404 }), { kind: 'fetch', method: 'BREW', url })
        throw new TypeError('a secret')
      })
      .catch(() => {})
    tell(observer, [{ type: 'job.ended', job, state: 'failed', cause: 'threw', errorCode: 'INTERNAL_ERROR' }])
    return baggage
  }
  /** As a registered propagator would be. */
  const propagator = {
    inject() {},
    extract: (into: ReturnType<typeof context.active>, carrier: Record<string, string>) =>
      propagation.setBaggage(
        into,
        propagation.createBaggage({ user: { value: (carrier.baggage ?? '').replace('user=', '') } }),
      ),
    fields: () => ['baggage'],
  }

  it('is not told: URLs, principals, what errors say; nor taken along: baggage', async () => {
    propagation.setGlobalPropagator(propagator)
    const { provider, spans, span } = recordedSpans()
    expect(await failing(otel({ tracerProvider: provider }))).toBeUndefined()
    expect(span('HTTP').attributes).toEqual({
      'http.request.method': '_OTHER',
      'server.address': 'example.com',
      'server.port': 8443,
      'http.response.status_code': 404,
      'arcp.job.id': 'job_1',
    })
    const told = JSON.stringify(
      spans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    )
    expect(told).not.toMatch(/secret|ada@/)
    propagation.disable()
  })

  it('is, where it is asked for', async () => {
    propagation.setGlobalPropagator(propagator)
    const { provider, span } = recordedSpans()
    const options = { urls: true, principals: true, exceptions: true, baggage: true }
    expect(await failing(otel({ tracerProvider: provider, ...options }))).toBe('7')
    expect(span('HTTP').attributes['url.full']).toBe('https://example.com:8443/secret')
    expect(span('job report').attributes['user.id']).toBe('ada@example.com')
    expect(span('invoke_agent report').events[0]?.attributes?.['exception.message']).toBe('a secret')
    propagation.disable()
  })
})

it('a trace that is not sampled is passed on as such, and nothing of it is exported', async () => {
  const { spans } = recordedSpans()
  const provider = new BasicTracerProvider({ sampler: new AlwaysOffSampler() })
  const observer = otel({ tracerProvider: provider })
  const submit = observer.submit?.({ agent: 'report' })
  expect(submit?.extensions?.['x-vendor.opentelemetry.tracecontext']).toEqual({
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
  })
  const job = jobOf('job_1')
  accept(observer, job)
  expect(await observer.around?.(job, async () => 7)).toBe(7)
  end(observer, job)
  submit?.ended?.(undefined, 'job_1')
  expect(spans()).toEqual([])
})

it('without an SDK nothing is sent along, and no trace is named', () => {
  const observer = otel()
  expect(observer.submit?.({ agent: 'report' })).toBeUndefined()
  expect(observer.traceOf?.(jobOf('job_1'))).toBeUndefined()
  tell(observer, lifeOf(jobOf('job_1')))
})
