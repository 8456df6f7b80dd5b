import type { Observation } from '@arcp/protocol/observe'
import { TestClock } from '@arcp/testkit'
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { otel } from '../otel'
import { jobOf } from '../testing/told'

/** What a runtime tells, and the metrics that come of it. */
function metered() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const provider = new MeterProvider({ readers: [reader] })
  const clock = new TestClock()
  const observer = otel({ meterProvider: provider, clock })
  return {
    clock,
    tell: (...observations: Observation[]) => {
      for (const observation of observations) observer.observe?.(observation)
    },
    /** Values by attributes; of a histogram its sum and count. */
    async read(name: string): Promise<[attributes: object, value: unknown][]> {
      await provider.forceFlush()
      const last = exporter.getMetrics().at(-1)
      const metric = last?.scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .find(({ descriptor }) => descriptor.name === name)
      return (metric?.dataPoints ?? []).map((point) => {
        const { attributes, value } = point as DataPoint<number | { sum: number; count: number }>
        return [attributes, typeof value === 'number' ? value : [value.sum, value.count]]
      })
    },
    [Symbol.asyncDispose]: () => provider.shutdown(),
  }
}

const report = { 'gen_ai.agent.name': 'report' }
const one = jobOf('job_1')
const two = jobOf('job_2')

describe('of jobs', () => {
  it('how many were submitted, wait, run and have ended, and how long that took', async () => {
    await using m = metered()
    m.tell({ type: 'job.accepted', job: one }, { type: 'job.accepted', job: two })
    expect(await m.read('arcp.jobs.queued')).toEqual([[report, 2]])
    m.clock.advance(250)
    m.tell({ type: 'job.started', job: one })
    m.clock.advance(1_500)
    expect(await m.read('arcp.jobs.active')).toEqual([[report, 1]])
    m.tell(
      { type: 'job.ended', job: one, state: 'failed', cause: 'timeout', errorCode: 'TIMEOUT' },
      { type: 'job.ended', job: two, state: 'cancelled', cause: 'cancel' },
    )
    expect(await m.read('arcp.jobs.submitted')).toEqual([[report, 2]])
    expect(await m.read('arcp.jobs.queued')).toEqual([[report, 0]])
    expect(await m.read('arcp.jobs.active')).toEqual([[report, 0]])
    expect(await m.read('arcp.jobs.ended')).toEqual([
      [{ ...report, 'arcp.job.state': 'failed', 'arcp.job.cause': 'timeout', 'error.type': 'TIMEOUT' }, 1],
      [{ ...report, 'arcp.job.state': 'cancelled', 'arcp.job.cause': 'cancel' }, 1],
    ])
    expect(await m.read('arcp.job.queue_time')).toEqual([[report, [0.25, 1]]])
    expect(await m.read('arcp.job.duration')).toEqual([[{ ...report, 'arcp.job.state': 'failed' }, [1.5, 1]]])
  })

  it('what they say, by type, those of vendors together', async () => {
    await using m = metered()
    const event = (eventType: string, size: number): Observation => {
      return { type: 'event.appended', job: one, eventType, seq: 1, size }
    }
    m.tell({ type: 'job.accepted', job: one }, event('job.log', 10), event('job.log', 5))
    m.tell(event('x-acme.a', 1), event('x-acme.b', 2), event('constructor', 4))
    const type = (name: string) => ({ ...report, 'arcp.event.type': name })
    expect(await m.read('arcp.job.events')).toEqual([
      [type('job.log'), 2],
      [type('_OTHER'), 3],
    ])
    expect(await m.read('arcp.job.event_size')).toEqual([
      [type('job.log'), 15],
      [type('_OTHER'), 7],
    ])
  })

  it('of more than 1,000 agents, the further ones together', async () => {
    await using m = metered()
    for (let i = 0; i < 1_002; i++) {
      const job = jobOf(`job_${i}`, { agent: `a${i}@1` })
      m.tell(
        { type: 'job.accepted', job },
        { type: 'event.appended', job, eventType: 'job.log', seq: 1, size: 1 },
      )
    }
    const events = await m.read('arcp.job.events')
    expect(events).toHaveLength(1_001)
    expect(events.at(-1)).toEqual([{ 'gen_ai.agent.name': '_OTHER', 'arcp.event.type': 'job.log' }, 2])
  })

  it('what they cost, by currency, and how often they were taken up', async () => {
    await using m = metered()
    const charge = (currency: string, amount: string): Observation => {
      return { type: 'job.charged', job: one, currency, amount }
    }
    m.tell(charge('USD', '0.25'), charge('EUR', '2'), charge('USD', '0.5'))
    m.tell({ type: 'job.resumed', job: one, sessionId: 'sess_2' })
    expect(await m.read('arcp.job.cost')).toEqual([
      [{ ...report, 'arcp.cost.currency': 'USD' }, 0.75],
      [{ ...report, 'arcp.cost.currency': 'EUR' }, 2],
    ])
    expect(await m.read('arcp.jobs.resumed')).toEqual([[report, 1]])
  })
})

it('of sessions: how many there are, come back, with what missed, stall, and were silent', async () => {
  await using m = metered()
  const { scope } = one
  const open = (sessionId: string): Observation => {
    return { type: 'session.opened', sessionId, scope, client: { name: 'c', version: '1' }, features: [] }
  }
  m.tell(open('a'), open('b'), open('c'))
  m.tell({ type: 'session.parked', sessionId: 'a', reason: 'heartbeat_lost' })
  m.tell({ type: 'session.parked', sessionId: 'b', reason: 'connection_lost' })
  m.tell({ type: 'session.resumed', sessionId: 'b', replayed: true, missed: 12 })
  m.tell({ type: 'session.resumed', sessionId: 'c', replayed: false, missed: 0 })
  m.tell({ type: 'session.ended', sessionId: 'c', reason: 'bye' })
  m.tell({ type: 'session.stalled', sessionId: 'b', by: 'credit' })
  expect(await m.read('arcp.sessions')).toEqual([
    [{ 'arcp.session.state': 'open' }, 1],
    [{ 'arcp.session.state': 'parked' }, 1],
  ])
  m.tell({ type: 'session.ended', sessionId: 'a', reason: 'resume_window_expired' })
  expect((await m.read('arcp.sessions'))[1]).toEqual([{ 'arcp.session.state': 'parked' }, 0])
  expect(await m.read('arcp.session.resumes')).toEqual([
    [{ 'arcp.session.replayed': true }, 1],
    [{ 'arcp.session.replayed': false }, 1],
  ])
  expect(await m.read('arcp.session.replay_size')).toEqual([[{}, [12, 2]]])
  expect(await m.read('arcp.session.stalls')).toEqual([[{ 'arcp.stall.by': 'credit' }, 1]])
  expect(await m.read('arcp.session.heartbeat_losses')).toEqual([[{}, 1]])
})

it('of what is refused: what it was, and why', async () => {
  await using m = metered()
  const { scope } = one
  const denied = (namespace: string): Observation => {
    return { type: 'operation.denied', job: one, namespace, target: 'secret', code: 'LEASE_EXPIRED' }
  }
  m.tell(denied('fs.read'), denied('x-acme.gpu'), {
    type: 'operation.allowed',
    job: one,
    namespace: 'fs.read',
    target: 't',
  })
  m.tell({ type: 'access.denied', sessionId: 's', scope, action: 'cancel', job: one, by: 'scope' })
  m.tell({ type: 'session.refused', code: 'UNAUTHENTICATED', reason: 'wrong token' })
  m.tell({ type: 'session.resume_refused', sessionId: 's', scope, reason: 'wrong_token' })
  m.tell({ type: 'request.failed', sessionId: 's', requestType: 'job.submit', code: 'DUPLICATE_KEY' })
  const of = (what: string, reason: string, more = {}) => [
    { 'arcp.denial.of': what, 'arcp.reason': reason, ...more },
    1,
  ]
  expect(await m.read('arcp.denials')).toEqual([
    of('operation', 'LEASE_EXPIRED', { 'arcp.lease.namespace': 'fs.read' }),
    of('operation', 'LEASE_EXPIRED', { 'arcp.lease.namespace': '_OTHER' }),
    of('access', 'scope'),
    of('session', 'UNAUTHENTICATED'),
    of('resume', 'wrong_token'),
    of('request', 'DUPLICATE_KEY'),
  ])
})
