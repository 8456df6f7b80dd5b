import { TRACE_CONTEXT_KEY } from '@arcp/protocol'
import type { Observation, ObservedJob, ObservedOperation, Observer } from '@arcp/protocol/observe'
import type { ScriptedPeer } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo, heldAgent } from '../testing/agents'
import { eventOf, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'
import { storeThat } from '../testing/store-that'
import { expectNoUnhandled } from '../testing/unhandled'
import { waitUntil } from '../testing/wait-until'

expectNoUnhandled()

const trace = '0af7651916cd43dd8448eb211c80319c'
const other = 'ffffffffffffffffffffffffffffffff'
const traceparent = `00-${trace}-b7ad6b7169203331-01`
const carried = { [TRACE_CONTEXT_KEY]: { traceparent, tracestate: 'v=1' } }

/** An observer that remembers, and what of it. */
function witness(more: Observer = {}) {
  const seen: Observation[] = []
  const of = <Type extends Observation['type']>(type: Type) =>
    seen.filter((observation) => observation.type === type) as Extract<Observation, { type: Type }>[]
  return { observe: { observe: (one: Observation) => void seen.push(one), ...more }, of }
}

describe('the trace of a job', () => {
  it.each([
    ['as the envelope names it', { trace_id: other, extensions: carried }, {}, other],
    ['that of the trace context in the envelope', { extensions: carried }, {}, trace],
    ['that of the trace context in the payload', {}, { extensions: carried }, trace],
    ['that of a trace context beside the envelope’s fields', carried, {}, trace],
  ])('is %s, and observers are told what was carried', async (_, fields, payload, expected) => {
    const { observe, of } = witness({ traceOf: () => 'a'.repeat(32) })
    await using h = harness({ agents: [echo], observe })
    const peer = await h.connect()
    const { job_id, payload: answer } = await submitted(peer, { agent: 'echo', input: 1, ...payload }, fields)
    expect(answer.trace_id).toBe(expected)
    expect((await terminalOf(peer, job_id)).trace_id).toBe(expected)
    expect(of('job.accepted')[0]?.job).toMatchObject({
      traceId: expected,
      traceContext: { traceparent, tracestate: 'v=1' },
    })
  })

  it('is what the first observer names that names one, where nobody else has', async () => {
    const asked: unknown[] = []
    const observers: Observer[] = [
      {},
      {
        traceOf() {
          throw new Error('no')
        },
      },
      { traceOf: () => 'no trace id' },
      {
        traceOf(job) {
          asked.push(job)
          return trace
        },
      },
      { traceOf: () => other },
    ]
    await using h = harness({ agents: [echo], observe: observers })
    const peer = await h.connect()
    const { job_id, payload } = await submitted(peer, { agent: 'echo', input: 1 }, { extensions: 7 })
    expect(payload.trace_id).toBe(trace)
    expect(asked).toMatchObject([{ jobId: job_id, agent: 'echo@1.0.0', scope: { principal: 'ada' } }])
    expect(h.logged.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'an observer threw',
    ])
  })
})

it('a job that could not be written down is told of as discarded, and never as accepted', async () => {
  const { observe, of } = witness()
  const store = storeThat(() => ({ createJob: () => Promise.reject(new Error('full')) }))
  await using h = harness({ agents: [echo], observe, store })
  const peer = await h.connect()
  expect(await refusal(peer, peer.request('job.submit', { agent: 'echo' }))).toMatchObject({
    code: 'INTERNAL_ERROR',
  })
  expect([of('job.accepted'), of('job.discarded').length]).toEqual([[], 1])
})

it('who takes up a job is told of, whom it was taken from, and what the submit carried', async () => {
  const { observe, of } = witness()
  const held = heldAgent()
  await using h = harness({ agents: [held.implementation], observe })
  const peer = await h.connect()
  const { job_id, payload } = await submitted(peer, { agent: 'held', idempotency_key: 'k' })
  const token = { resume_token: payload.resume_token }
  const next = await h.connect()
  await submitted(next, token, { extensions: carried })
  await submitted(next, { agent: 'held', idempotency_key: 'k' })
  const [first, second] = of('job.resumed')
  const [former, owner] = of('session.opened').map(({ sessionId }) => sessionId)
  expect(first).toMatchObject({
    job: { jobId: job_id, sessionId: owner },
    sessionId: owner,
    formerOwner: former,
    traceContext: { traceparent },
  })
  expect(second).toMatchObject({ sessionId: owner })
  expect(second).not.toHaveProperty('formerOwner')
  expect(second).not.toHaveProperty('traceContext')
  held.gate.open('done')
  await terminalOf(next, job_id)
})

it('a session that comes back is told of with how much it had missed', async () => {
  const { observe, of } = witness()
  const held = heldAgent()
  await using h = harness({ agents: [held.implementation], observe })
  const peer = await h.connect()
  const { job_id, session_id, payload } = await submitted(peer, { agent: 'held' })
  await eventOf(peer, job_id, 'job.started')
  const ctx = await held.started
  const welcomed = ({ frames }: ScriptedPeer) =>
    frames.find(({ type }) => type === 'session.welcome')?.payload
  const resume_token = welcomed(peer)?.resume_token
  await peer.close()
  for (let i = 0; i < 5; i++) await ctx.log({ level: 'info', message: 'meanwhile' })
  const cursors = { [String(job_id)]: { seq: 1, log_epoch: payload.log_epoch } }
  const resume = { session_id, resume_token, last_event_seq: 1, cursors }
  const again = await h.connect({ resume })
  expect(of('session.resumed')).toMatchObject([{ replayed: false, missed: 6 }])
  await again.close()
  const later = { session_id, resume_token: welcomed(again)?.resume_token, last_event_seq: 1 }
  await h.connect({ resume: later })
  expect(of('session.resumed')[1]).toMatchObject({ replayed: true })
  expect(of('session.resumed')[1]?.missed).toBeGreaterThan(0)
  held.gate.open('done')
})

it('a session that events begin to wait for is told of, once for each time', async () => {
  const { observe, of } = witness()
  const talking = agentOf('talking', async (_, ctx) => {
    for (let i = 0; i < 9; i++) await ctx.log({ level: 'info', message: 'more' })
  })
  await using h = harness({ agents: [talking], observe, limits: { ackWindowEvents: 4 } })
  const peer = await h.connect({ capabilities: { encodings: ['json'], features: ['ack', 'typed_events'] } })
  const { job_id } = await submitted(peer, { agent: 'talking' })
  const stalls = () => of('session.stalled').map(({ by }) => by)
  for (const last_processed_seq of [4, 8]) {
    await peer.next(({ event_seq }) => event_seq === last_processed_seq)
    await waitUntil(() => stalls().length === last_processed_seq / 4)
    peer.request('session.ack', { last_processed_seq })
  }
  await terminalOf(peer, job_id)
  expect(stalls()).toEqual(['credit', 'credit'])
})

describe('what an agent does', () => {
  it('runs inside the contexts of observers, each operation by its own', async () => {
    const operations: unknown[] = []
    const around: Observer['around'] = <T>(job: ObservedJob, run: () => T, operation?: ObservedOperation) => {
      operations.push([job.agent, operation])
      return run()
    }
    const busy = agentOf('busy', async (_, ctx) => {
      await ctx.tool('add', { a: 1 }, () => 2)
      await ctx.model('gpt').catch(() => {})
      await ctx.fetch('https://u:p@example.com/a?secret', { method: 'put' }).catch(() => {})
    })
    await using h = harness({ agents: [busy], observe: { around } })
    const peer = await h.connect()
    const lease_request = { 'tool.call': ['add'] }
    const { job_id } = await submitted(peer, { agent: 'busy', lease_request })
    const { payload } = await eventOf(peer, job_id, 'job.tool_call')
    await terminalOf(peer, job_id)
    expect(operations).toEqual([
      ['busy@1.0.0', undefined],
      ['busy@1.0.0', { kind: 'tool', name: 'add', callId: payload.call_id }],
      ['busy@1.0.0', { kind: 'model', name: 'gpt' }],
      ['busy@1.0.0', { kind: 'fetch', method: 'PUT', url: 'https://example.com/a' }],
    ])
  })

  it('is charged, and observers are told what', async () => {
    const { observe, of } = witness()
    const paying = agentOf('paying', (_, ctx) => ctx.spend('USD', '0.1').then(() => ctx.spend('EUR', 2)))
    await using h = harness({ agents: [paying], observe })
    await outcome(await h.connect(), { agent: 'paying' })
    expect(of('job.charged').map(({ currency, amount }) => [currency, amount])).toEqual([
      ['USD', '0.1'],
      ['EUR', '2'],
    ])
  })

  it('is read by those who ask for what jobs say, and one that throws harms nothing', async () => {
    const read: unknown[] = []
    const observe: Observer[] = [
      {
        read() {
          throw new Error('no')
        },
      },
      { read: (job, type, payload) => void read.push([job.agent, type, JSON.parse(payload).message]) },
    ]
    const talking = agentOf('talking', (_, ctx) => ctx.log({ level: 'info', message: 'hello' }))
    await using h = harness({ agents: [talking], observe })
    expect((await outcome(await h.connect(), { agent: 'talking' })).type).toBe('job.completed')
    expect(read).toContainEqual(['talking@1.0.0', 'job.log', 'hello'])
    expect(h.logged.map(({ message }) => message)).toContain('an observer threw')
  })
})
