import type { Envelope } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { clientRules } from '../client-rules'
import type { Dialect } from '../peer'
import { frame } from '../testing/client-frames'
import { notFor } from '../testing/not-for'
import {
  accept,
  type Connection,
  draftWelcome,
  ended,
  failed,
  logged,
  nativeHello,
  reach,
  resumeHello,
  runningJob,
  submit,
} from '../testing/runtime-frames'
import type { ClientRule } from './rule'

/** `dialect` is one of those that the rule is for, where it is not for all. */
type Check = (rules: readonly ClientRule[], dialect: Dialect) => Promise<void>

const TRACE = 'a'.repeat(32)
const GONE = 'RESUME_WINDOW_EXPIRED'

const types = (frames: readonly Envelope[]) => frames.map(({ type }) => type)
const of = (frames: readonly Envelope[], type: string) => frames.filter((each) => each.type === type)
const messages = (frames: readonly Envelope[]) => frames.map(({ payload }) => [payload.seq, payload.message])

const subscribe = (id: string, payload: object = {}) =>
  frame('job.subscribe', { job_id: 'job_1', ...payload }, { id, job_id: 'job_1' })
const subscribed = (payload: object = {}) =>
  frame('job.subscribed', { job_id: 'job_1', agent: 'echo@1.0.0', ...payload }, { job_id: 'job_1' })
const cancel = (id: string, payload: object = {}) =>
  frame('job.cancel', { job_id: 'job_1', ...payload }, { id, job_id: 'job_1' })
const list = (id: string, payload: object = {}) => frame('session.list_jobs', { ...payload }, { id })
const error = (code: string, payload: object = {}) =>
  frame('session.error', { code, message: 'no', retryable: false, ...payload })
/** What a runtime repeats that was first said in another session. */
const ELSEWHERE = { session_id: 'sess_0' }

/** What the translator has asked by itself, and what the client was told, each since it was looked at last. */
function again(connection: Connection) {
  let asked = 0
  let told = 0
  return {
    asked() {
      const news = connection.heard.slice(asked).filter(({ type }) => type !== 'job.submit')
      asked = connection.heard.length
      return news
    },
    told() {
      const news = connection.told.slice(told).filter(({ type }) => !type.startsWith('session.'))
      told = connection.told.length
      return news.map(({ type, payload }) => [type, payload.request_id ?? payload.seq].join(' ').trim())
    },
  }
}

const pong = (nonce: unknown) => frame('session.pong', { ping_nonce: nonce, received_at: '' })

/** What holds only because of one rule, by the rule's name. */
const checks: Readonly<Record<string, Check>> = {
  'gated features': async (rules) => {
    const { heard } = await reach(rules, 'draft').dial()
    const features = expect.arrayContaining(['lease_expires_at', 'cost.budget', 'subscribe'])
    expect(heard[0]?.payload.capabilities).toMatchObject({ features })
  },
  'resume in both forms': async (rules) => {
    const reached = reach(rules, 'draft')
    await reached.greet()
    const { heard } = await reached.dial(resumeHello(0))
    expect(heard[0]?.payload).toMatchObject({
      resume: { session_id: 'sess_1', resume_token: 't', last_event_seq: 0 },
      resume_token: 't',
      last_event_seq: 0,
    })
    expect(heard[0]?.payload.resume).not.toHaveProperty('cursors')
  },
  'another session': async (rules) => {
    const reached = reach(rules, 'java')
    await reached.greet()
    const again = await reached.dial(resumeHello(0))
    again.say(draftWelcome('java', {}, 'sess_2'))
    expect(again.told).toMatchObject([{ type: 'session.error', payload: { code: GONE } }])
    expect(again.ended).toBe(true)
  },
  'refused hello': async (rules) => {
    const reached = reach(rules, 'java')
    const { session_id: _, job_id: __, ...refusal } = failed('', 'UNAUTHENTICATED')
    const told = { type: 'session.error', payload: { code: 'UNAUTHENTICATED', message: 'no' } }
    const first = await reached.dial()
    first.say(refusal)
    expect(first.told).toMatchObject([told])
    await reached.greet()
    const again = await reached.dial(resumeHello(0))
    again.say(refusal)
    expect(again.told).toMatchObject([told])
  },
  'resume refused': async (rules) => {
    const reached = reach(rules, 'python')
    await reached.greet()
    const again = await reached.dial(resumeHello(0))
    again.say(error('PERMISSION_DENIED'))
    expect(again.told).toMatchObject([{ type: 'session.error', payload: { code: GONE } }])
  },
  'stranded jobs': async (rules, dialect) => {
    const reached = reach(rules, dialect)
    await runningJob(reached)
    const again = await reached.greet(resumeHello(0), frame('session.ping', { nonce: 'n' }))
    again.say(draftWelcome(dialect))
    const [ping] = of(again.heard, 'session.ping')
    again.clear()
    again.say(logged('job_1', 1, 'sent again'), pong(ping?.payload.nonce))
    expect(again.told).toMatchObject([
      { type: 'job.log', job_id: 'job_1', payload: { seq: 1 } },
      { type: 'job.unsubscribed', job_id: 'job_1', payload: { reason: 'events_lost' } },
    ])
  },
  welcome: async (rules) => {
    const connection = await reach(rules, 'go').dial()
    connection.say(draftWelcome('go'))
    expect(connection.told[0]?.payload).toMatchObject({
      session_id: 'sess_1',
      max_frame_bytes: 1024 * 1024,
      accepted_at: '2026-01-01T00:00:00.000Z',
      capabilities: { features: ['heartbeat', 'ack', 'list_jobs', 'typed_events'] },
    })
  },
  'short lines': async (rules, dialect) => {
    const told = async (medium: string) => {
      const connection = await reach(rules, dialect, {}, medium).dial()
      connection.say(draftWelcome(dialect))
      return connection.told[0]?.payload.max_frame_bytes
    }
    expect([await told('stdio'), await told('websocket')]).toEqual([65_536, 1_048_576])
  },
  'agent names': async (rules) => {
    const connection = await reach(rules, 'draft').dial()
    connection.say(draftWelcome('draft'))
    const agents = [{ name: 'echo', versions: [] }]
    expect(connection.told[0]?.payload.capabilities).toMatchObject({ agents })
  },
  'acknowledgement window': async (rules) => {
    const connection = await reach(rules, 'draft').dial()
    connection.say(draftWelcome('draft'))
    expect(connection.told[0]?.payload.ack_window).toMatchObject({ events: 10_000 })
  },
  'no hold': async (rules) => {
    const connection = await reach(rules, 'draft').dial()
    connection.say(draftWelcome('draft'))
    const features = expect.not.arrayContaining(['subscribe'])
    expect(connection.told[0]?.payload.capabilities).toMatchObject({ features })
  },
  'session of another': async (rules) => {
    const connection = await reach(rules, 'python').greet()
    await connection.ask(submit('s1'))
    connection.say(accept('job_1', { request_id: 's1' }, { session_id: 'sess_0' }))
    expect(connection.told[0]).not.toHaveProperty('session_id')
  },
  'close reason': async (rules) => {
    const connection = await reach(rules, 'go').greet()
    await connection.ask(frame('session.close'))
    expect(connection.heard[0]).toMatchObject({
      type: 'session.close',
      payload: { reason: expect.any(String) },
    })
  },
  bye: async (rules, dialect) => {
    const said = async (to: Dialect) => {
      const connection = await reach(rules, to).greet()
      await connection.ask(frame('session.close', { reason: 'done' }))
      return types(connection.heard)
    }
    expect(await said(dialect)).toEqual(['session.bye'])
    expect(await said('go')).toEqual(['session.close'])
  },
  'close after bye': async (rules) => {
    const connection = await reach(rules, 'draft').greet()
    await connection.ask(frame('session.close', { reason: 'done' }))
    connection.say(error('INVALID_REQUEST'))
    expect(types(connection.heard)).toEqual(['session.bye', 'session.close'])
  },
  'bye of the runtime': async (rules) => {
    const connection = await reach(rules, 'draft').greet()
    connection.say(frame('session.bye', { reason: 'maintenance' }))
    expect(connection.told[0]).toMatchObject({
      type: 'session.closed',
      payload: { reason: 'shutdown', resume: false },
    })
  },
  'numbers of subscriptions': async (rules, dialect) => {
    const connection = await runningJob(reach(rules, dialect))
    connection.say(logged('job_1', 1), logged('job_1', 2))
    await connection.ask(frame('job.subscribe', { job_id: 'job_2' }, { id: 'u1', job_id: 'job_2' }))
    connection.say(frame('job.subscribed', { job_id: 'job_2', request_id: 'u1' }, { job_id: 'job_2' }))
    connection.clear()
    connection.say(logged('job_2', 1), logged('job_1', 3), logged('job_2', 2))
    expect(connection.told.map(({ job_id, event_seq, payload }) => [job_id, event_seq, payload.seq])).toEqual(
      [
        ['job_2', undefined, 1],
        ['job_1', 3, 3],
        ['job_2', undefined, 2],
      ],
    )
  },
  repeated: async (rules) => {
    const reached = reach(rules, 'go')
    const connection = await runningJob(reached)
    connection.say(logged('job_1', 1, 'one'), logged('job_1', 2, 'two'))
    const again = await reached.greet(resumeHello(2))
    again.say(logged('job_1', 2, 'two'), logged('job_1', 3, 'three'))
    expect(messages(again.told)).toEqual([[3, 'three']])
  },
  acknowledgements: async (rules) => {
    const connection = await runningJob(reach(rules, 'go'))
    // An answer nobody waits for has a number, too, but no meaning.
    connection.say(frame('job.accepted', { delegate_id: 'd' }, { event_seq: 1 }), logged('job_1', 2))
    await connection.ask(frame('session.ack', { last_processed_seq: 1 }))
    expect(of(connection.heard, 'session.ack')).toMatchObject([{ payload: { last_processed_seq: 2 } }])
  },
  'no job tokens': async (rules) => {
    const connection = await reach(rules, 'draft').greet()
    await connection.ask(submit('s1', { resume_token: 'arj_1' }))
    expect(connection.heard).toEqual([])
    expect(connection.told).toMatchObject([{ payload: { request_id: 's1', code: GONE } }])
  },
  'submits under way': async (rules) => {
    const reached = reach(rules, 'go')
    const connection = await runningJob(reached, { trace_id: TRACE })
    await connection.ask(submit('s1'), submit('s2', { idempotency_key: 'k' }))
    const again = await reached.greet(resumeHello(0))
    await again.ask(submit('s1'), submit('s2', { idempotency_key: 'k' }))
    expect(again.heard.map(({ id }) => id)).toEqual(['s2'])
    expect(again.told).toMatchObject([{ payload: { request_id: 's1', details: { reason: 'answer_lost' } } }])
  },
  submit: async (rules) => {
    const connection = await reach(rules, 'draft').greet()
    const fields = { input: undefined, from_session: 'sess_0', after_seq: 3, log_epoch: 'e' }
    await connection.ask(submit('s1', fields))
    expect(connection.heard[0]?.payload).toEqual({ agent: 'echo', input: null, lease_request: {} })
  },
  'moment of expiry': async (rules) => {
    const moment = async (lease_constraints: object, id = 's1') => {
      const connection = await reached.greet()
      await connection.ask(submit(id, { lease_constraints, idempotency_key: 'k' }))
      return connection.heard[0]?.payload.lease_constraints
    }
    const reached = reach(rules, 'go')
    expect(await moment({ expires_in_s: 30.5 })).toEqual({ expires_at: '2026-01-01T00:00:30.500Z' })
    reached.clock.advance(1_000)
    // The same submit, said again.
    expect(await moment({ expires_in_s: 30.5 })).toEqual({ expires_at: '2026-01-01T00:00:30.500Z' })
    const offset = { expires_at: '2026-01-01T01:00:05+01:00' }
    expect(await moment(offset)).toEqual({ expires_at: '2026-01-01T00:00:05.000Z' })
  },
  'whole seconds': async (rules) => {
    const connection = await reach(rules, 'python').greet()
    await connection.ask(submit('s1', { max_runtime_sec: 1.2 }))
    expect(connection.heard[0]?.payload.max_runtime_sec).toBe(2)
  },
  'own trace': async (rules) => {
    const connection = await reach(rules, 'draft').greet()
    await connection.ask(submit('s1'))
    expect(connection.heard[0]?.trace_id).toMatch(/^[0-9a-f]{32}$/)
  },
  'longer submits': async (rules) => {
    const reached = reach(rules, 'go')
    const connection = await reached.greet(nativeHello(), draftWelcome('go', { max_frame_bytes: 1_000 }))
    const sizes = () => connection.heard.map((each) => JSON.stringify(each).length)
    await connection.ask(submit('s1', { input: '' }))
    const room = 1_000 - (sizes()[0] ?? 0)
    connection.say(accept('job_1', { request_id: 's1' }))
    connection.clear()
    const tooLong = submit('s3', { input: 'x'.repeat(room + 1) })
    expect(JSON.stringify(tooLong).length).toBeLessThan(1_000)
    await connection.ask(submit('s2', { input: 'x'.repeat(room) }), tooLong)
    expect(sizes()).toEqual([1_000])
    expect(connection.told).toMatchObject([
      {
        type: 'session.error',
        payload: {
          request_id: 's3',
          code: 'INVALID_REQUEST',
          details: { bytes: 1_001, max_frame_bytes: 1_000 },
        },
      },
    ])
  },
  'one submit at a time': async (rules) => {
    const connection = await reach(rules, 'csharp').greet()
    await connection.ask(submit('s1'), submit('s2'), submit('s3'))
    expect(connection.heard.map(({ id }) => id)).toEqual(['s1'])
    connection.say(error('AGENT_NOT_AVAILABLE'))
    expect(connection.heard.map(({ id }) => id)).toEqual(['s1', 's2'])
    connection.say(accept('job_1'))
    expect(connection.told).toMatchObject([
      { type: 'session.error', payload: { request_id: 's1' } },
      { type: 'job.accepted', payload: { request_id: 's2' } },
    ])
    // Once it shows that the runtime says which one it answers, nobody waits any more.
    connection.say(accept('job_2', { request_id: 's3' }))
    await connection.ask(submit('s4'), submit('s5'))
    expect(connection.heard.map(({ id }) => id)).toEqual(['s1', 's2', 's3', 's4', 's5'])
  },
  'cancel reason': async (rules) => {
    const connection = await runningJob(reach(rules, 'go'))
    await connection.ask(cancel('c1'))
    expect(connection.heard).toMatchObject([{ payload: { job_id: 'job_1', reason: expect.any(String) } }])
  },
  'out of reach': async (rules) => {
    const reached = reach(rules, 'go')
    const connection = await runningJob(reached)
    connection.say(logged('job_1', 1))
    await connection.ask(frame('session.ack', { last_processed_seq: 1 }))
    const refused = await reached.dial(resumeHello(1))
    refused.say(error(GONE))
    const next = await reached.greet(nativeHello(), draftWelcome('go', {}, 'sess_2'))
    await next.ask(subscribe('u1', { after_seq: 1 }), subscribe('u2'))
    expect(next.told).toMatchObject([{ payload: { request_id: 'u1', code: GONE } }])
    expect(next.heard.map(({ id }) => id)).toEqual(['u2'])
  },
  'followed twice': async (rules) => {
    const connection = await runningJob(reach(rules, 'go'))
    connection.say(logged('job_1', 1))
    connection.clear()
    await connection.ask(subscribe('u1', { after_seq: 1 }), subscribe('u2', { after_seq: 0 }))
    expect(connection.heard).toEqual([])
    expect(connection.told).toMatchObject([
      {
        type: 'job.subscribed',
        payload: { request_id: 'u1', job_id: 'job_1', agent: 'echo@1.0.0', last_seq: 1 },
      },
      { type: 'session.error', payload: { request_id: 'u2', code: GONE } },
    ])
  },
  history: async (rules) => {
    const connection = await reach(rules, 'go').greet()
    await connection.ask(subscribe('u1', { after_seq: 7, log_epoch: 'e' }))
    await connection.ask(frame('job.subscribe', { job_id: 'job_2' }, { id: 'u2', job_id: 'job_2' }))
    expect(connection.heard.map(({ payload }) => payload)).toEqual([
      { job_id: 'job_1', history: true, from_event_seq: 0 },
      { job_id: 'job_2', history: false },
    ])
  },
  'early history': async (rules) => {
    const connection = await reach(rules, 'older-python').greet()
    await connection.ask(subscribe('u1', { after_seq: 0 }))
    connection.say(logged('job_1', 1, 'one'), ended('job_1', 2))
    expect(connection.told).toEqual([])
    connection.say(subscribed({ request_id: 'u1' }))
    expect(types(connection.told)).toEqual(['job.subscribed', 'job.log', 'job.completed'])
    connection.clear()
    // An end alone, of a job that has no trace, is no answer either.
    await connection.ask(frame('job.subscribe', { job_id: 'job_2' }, { id: 'u2', job_id: 'job_2' }))
    connection.say(failed('job_2', 'PERMISSION_DENIED'))
    connection.say(frame('job.subscribed', { job_id: 'job_2', request_id: 'u2' }, { job_id: 'job_2' }))
    expect(types(connection.told)).toEqual(['job.subscribed', 'job.failed'])
  },
  'ended jobs': async (rules) => {
    const connection = await reach(rules, 'java').greet()
    await connection.ask(subscribe('u1', { after_seq: 0 }))
    connection.say(subscribed({ current_status: 'cancelled' }))
    const [ping] = of(connection.heard, 'session.ping')
    connection.say(logged('job_1', 1), pong(ping?.payload.nonce))
    expect(connection.told.slice(1)).toMatchObject([
      { type: 'job.log', payload: { seq: 1 } },
      { type: 'job.unsubscribed', job_id: 'job_1', payload: { reason: 'events_lost' } },
    ])
  },
  subscribed: async (rules) => {
    const connection = await reach(rules, 'go').greet()
    await connection.ask(subscribe('u1', { after_seq: 0 }))
    const told = { current_status: 'timed_out', subscribed_from: 5, replayed: true }
    connection.say(subscribed(told), logged('job_1', 6, 'first'))
    expect(connection.told[0]?.payload).toEqual({
      request_id: 'u1',
      job_id: 'job_1',
      status: 'failed',
      error_code: 'TIMEOUT',
      agent: 'echo@1.0.0',
      lease: {},
      parent_job_id: null,
      trace_id: '0'.repeat(32),
      last_seq: 0,
    })
    expect(messages(connection.told.slice(1))).toEqual([[1, 'first']])
  },
  'delegated jobs': async (rules) => {
    const connection = await reach(rules, 'typescript').greet()
    await connection.ask(submit('s1'))
    connection.say(accept('job_child', { delegate_id: 'd_1' }))
    expect(connection.told).toEqual([])
    connection.say(accept('job_1'))
    expect(connection.told).toMatchObject([{ payload: { request_id: 's1', job_id: 'job_1' } }])
  },
  'which submit': async (rules) => {
    const connection = await runningJob(reach(rules, 'go'), { trace_id: TRACE })
    await connection.ask(submit('s1'), submit('s2'), submit('s3'))
    const [, , third] = connection.heard
    connection.say(accept('job_3', {}, { trace_id: third?.trace_id }))
    connection.say(accept('job_2', { request_id: 's2' }), accept('job_x'), accept('job_y'))
    expect(connection.told.map(({ payload }) => [payload.request_id, payload.job_id])).toEqual([
      ['s3', 'job_3'],
      ['s2', 'job_2'],
      ['s1', 'job_x'],
    ])
  },
  accepted: async (rules) => {
    const connection = await reach(rules, 'draft').greet()
    await connection.ask(submit('s1'))
    connection.say(frame('job.accepted', { job_id: 'job_1', request_id: 's1' }))
    expect(connection.told[0]?.payload).toMatchObject({
      agent: 'echo',
      lease: {},
      accepted_at: '2026-01-01T00:00:00.000Z',
    })
  },
  'budget texts': async (rules) => {
    const read = async (amount: unknown) => {
      const connection = await reach(rules, 'draft').greet()
      await connection.ask(submit('s1'))
      connection.say(accept('job_1', { request_id: 's1', budget: { USD: amount } }))
      return connection.told[0]?.payload.budget
    }
    expect(await read(5)).toEqual({ USD: '5' })
    expect(await read('5.00')).toEqual({ USD: '5' })
    expect(await read('USD:5.00')).toEqual({ USD: '5' })
  },
  'job of another session': async (rules, dialect) => {
    const connection = await reach(rules, dialect).greet()
    const { asked, told } = again(connection)
    // It runs: what it has said and goes on to say comes to who asks for it.
    await connection.ask(submit('s1', { idempotency_key: 'k' }))
    connection.say(accept('job_1', { request_id: 's1' }, ELSEWHERE))
    const [history, ping] = asked()
    expect(history).toMatchObject({ type: 'job.subscribe', job_id: 'job_1', payload: { history: true } })
    connection.say(logged('job_1', 1, 'one'), subscribed({ request_id: history?.id }))
    connection.say(pong(ping?.payload.nonce), logged('job_1', 2, 'two'))
    expect(told()).toEqual(['job.accepted s1', 'job.log 1', 'job.log 2'])
    // It has ended: that is repeated, and comes once more with the history.
    await connection.ask(submit('s2', { idempotency_key: 'k2' }))
    connection.say(accept('job_2', { request_id: 's2' }, ELSEWHERE), ended('job_2', 1, {}, ELSEWHERE))
    connection.say(logged('job_2', 1), ended('job_2', 2))
    connection.say(frame('job.subscribed', { request_id: asked()[0]?.id }, { job_id: 'job_2' }))
    expect(told()).toEqual(['job.accepted s2', 'job.log 1', 'job.completed 2'])
    // It was this session's, and its result is in parts.
    await connection.ask(submit('s3', { idempotency_key: 'k3' }))
    const parts = { result: undefined, result_id: 'r', result_size: 1 }
    connection.say(accept('job_3', { request_id: 's3' }), ended('job_3', 2, parts))
    connection.say(logged('job_3', 1), ended('job_3', 2, parts))
    connection.say(frame('job.subscribed', { request_id: asked()[0]?.id }, { job_id: 'job_3' }))
    expect(told()).toEqual(['job.accepted s3', 'job.log 1', 'job.completed 2'])
    // Nobody has its history.
    for (const [id, job, last] of [
      ['s4', 'job_4', 3],
      ['s5', 'job_5', undefined],
    ] as const) {
      await connection.ask(submit(id, { idempotency_key: id }))
      connection.say(accept(job, { request_id: id }, ELSEWHERE))
      if (last) connection.say(ended(job, last, {}, ELSEWHERE))
      connection.say(error('INVALID_REQUEST'), pong(asked()[1]?.payload.nonce))
    }
    expect(told()).toEqual(['job.accepted s4', 'job.completed 1', 'job.accepted s5', 'job.unsubscribed'])
  },
  'own jobs': async (rules) => {
    const connection = await runningJob(reach(rules, 'draft'))
    connection.say(logged('job_1', 1, 'one'))
    expect(messages(connection.told)).toEqual([[1, 'one']])
  },
  'cancel answer': async (rules) => {
    const connection = await runningJob(reach(rules, 'go'))
    await connection.ask(cancel('c1'))
    connection.say(
      frame('job.cancelled', { job_id: 'job_1', reason: 'x' }, { job_id: 'job_1', event_seq: 1 }),
    )
    expect(connection.told).toMatchObject([
      { type: 'job.cancel_accepted', event_seq: 1, payload: { request_id: 'c1', status: 'running' } },
    ])
    connection.say(ended('job_1', 2))
    expect(connection.told[1]).toMatchObject({ type: 'job.completed', event_seq: 2, payload: { seq: 1 } })
  },
  'cancel before end': async (rules) => {
    const connection = await runningJob(reach(rules, 'csharp'))
    await connection.ask(cancel('c1'))
    connection.say(ended('job_1', 1))
    expect(types(connection.told)).toEqual(['job.cancel_accepted', 'job.completed'])
  },
  'silent cancel': async (rules, dialect) => {
    const connection = await runningJob(reach(rules, dialect))
    await connection.ask(cancel('c1'))
    expect(types(connection.heard)).toEqual(['job.cancel', 'session.ping'])
    connection.say(pong(connection.heard[1]?.payload.nonce))
    expect(connection.told).toMatchObject([
      { type: 'job.cancel_accepted', payload: { request_id: 'c1', status: 'running' } },
    ])
  },
  'error with the id of its request': async (rules) => {
    const connection = await runningJob(reach(rules, 'java'))
    await connection.ask(submit('s1'), list('l1', { cursor: '?' }))
    connection.say(frame('job.error', { code: 'INVALID_REQUEST', message: 'no' }, { id: 'l1' }))
    expect(connection.told).toMatchObject([{ type: 'session.error', payload: { request_id: 'l1' } }])
  },
  'error of no job': async (rules) => {
    const connection = await runningJob(reach(rules, 'typescript'), { trace_id: TRACE })
    await connection.ask(submit('s1'), submit('s2'))
    const trace_id = connection.heard[1]?.trace_id
    connection.say(failed('job_never', 'AGENT_NOT_AVAILABLE', { trace_id, event_seq: 1 }))
    expect(connection.told).toMatchObject([
      { type: 'session.error', event_seq: 1, payload: { request_id: 's2', code: 'AGENT_NOT_AVAILABLE' } },
    ])
  },
  'error without a trace': async (rules, dialect) => {
    const connection = await runningJob(reach(rules, dialect), { trace_id: TRACE })
    await connection.ask(submit('s1', { idempotency_key: 'k' }))
    connection.say(failed('job_1', 'DUPLICATE_KEY', { event_seq: 1 }))
    connection.say(failed('job_1', 'PERMISSION_DENIED', { event_seq: 2 }))
    connection.say(ended('job_1', 3, {}, { trace_id: TRACE }))
    expect(
      connection.told.map(({ type, event_seq, payload }) => [type, event_seq, payload.request_id]),
    ).toEqual([
      ['session.error', 1, 's1'],
      ['session.error', 2, undefined],
      ['job.completed', 3, undefined],
    ])
  },
  'request in details': async (rules) => {
    const connection = await runningJob(reach(rules, 'go'))
    await connection.ask(list('l1'), submit('s1'))
    connection.say(error('INVALID_REQUEST', { details: { request_id: 's1' } }))
    expect(connection.told).toMatchObject([{ payload: { request_id: 's1' } }])
  },
  'uncorrelated error': async (rules) => {
    const connection = await runningJob(reach(rules, 'csharp'))
    await connection.ask(list('l1'), submit('s1'), cancel('c1'))
    const answered = async (code: string) => {
      connection.say(error(code))
      return connection.told.at(-1)?.payload.request_id
    }
    expect(await answered('JOB_NOT_FOUND')).toBe('c1')
    expect(await answered('AGENT_NOT_AVAILABLE')).toBe('s1')
    expect(await answered('INVALID_REQUEST')).toBe('l1')
    expect(await answered('INVALID_REQUEST')).toBe(undefined)
    connection.say(ended('job_1', 1))
    expect(connection.told.at(-1)).toMatchObject({ type: 'job.completed', job_id: 'job_1' })
  },
  'which listing': async (rules) => {
    const connection = await reach(rules, 'draft').greet()
    await connection.ask(list('l1'))
    connection.say(frame('session.jobs', { jobs: [] }))
    expect(connection.told[0]?.payload.request_id).toBe('l1')
  },
  'list entries': async (rules) => {
    const connection = await runningJob(reach(rules, 'older-python'))
    connection.say(logged('job_1', 1))
    connection.clear()
    await connection.ask(list('l1'))
    const entry = { job_id: 'job_1', agent: 'echo@1.0.0', status: 'timed_out', submitted_at: 'then' }
    connection.say(frame('session.jobs', { request_id: 'l1', jobs: [{ ...entry, last_event_seq: 99 }] }))
    expect(connection.told[0]?.payload).toEqual({
      request_id: 'l1',
      next_cursor: null,
      jobs: [
        {
          job_id: 'job_1',
          agent: 'echo@1.0.0',
          status: 'failed',
          error_code: 'TIMEOUT',
          submitted_at: undefined,
          created_at: 'then',
          lease: {},
          parent_job_id: null,
          trace_id: '0'.repeat(32),
          last_seq: 1,
        },
      ],
    })
  },
  'list filter': async (rules) => {
    const connection = await reach(rules, 'older-python').greet()
    const filter = { status: ['failed', 'queued'], agent: 'echo', created_before: '2026-01-01T00:00:00Z' }
    await connection.ask(list('l1', { filter }), list('l2', { filter: { agent: 'echo@1.0.0' } }))
    expect(connection.heard.map(({ payload }) => payload.filter)).toEqual([
      { status: ['error', 'timed_out', 'pending'] },
      { agent: 'echo@1.0.0' },
    ])
    const jobs = [
      { job_id: 'a', agent: 'echo@1.0.0', created_at: '2025-01-01T00:00:00Z' },
      { job_id: 'b', agent: 'echoes@1.0.0', created_at: '2025-01-01T00:00:00Z' },
      { job_id: 'c', agent: 'echo@1.0.0', created_at: '2026-01-01T00:00:00Z' },
    ]
    connection.say(frame('session.jobs', { request_id: 'l1', jobs }))
    expect(connection.told[0]?.payload.jobs).toMatchObject([{ job_id: 'a' }])
  },
  'traced jobs': async (rules) => {
    const connection = await runningJob(reach(rules, 'typescript'))
    connection.say(logged('job_1', 1, '', { trace_id: TRACE }), failed('job_1', 'PERMISSION_DENIED'))
    expect(types(connection.told)).toEqual(['job.log', 'session.error'])
  },
  'strange events': async (rules) => {
    const connection = await runningJob(reach(rules, 'python'))
    const strange: [kind: unknown, body: unknown][] = [
      ...['completed', 'result', 'error', 'cancelled', 'unsubscribed', 'queued', 'k'.repeat(253), '', 5].map(
        (kind): [unknown, unknown] => [kind, { result: 1, request_id: 's0', final_status: 'success' }],
      ),
      [`x-${'k'.repeat(255)}`, null],
      ['note', 'no object'],
    ]
    strange.forEach(([kind, body], i) => {
      connection.say(frame('job.event', { kind, ts: 't', body }, { job_id: 'job_1', event_seq: i + 1 }))
    })
    expect(connection.told).toMatchObject(
      strange.map(([kind, body], i) => ({
        type: 'x-draft.event',
        event_seq: i + 1,
        payload: { seq: i + 1, ts: 't', body: { kind, body } },
      })),
    )
    // What merely nobody knows is an event as others are, and so is a name that just fits.
    connection.clear()
    const kinds = ['note', 'k'.repeat(252), 'x-acme.note']
    for (const kind of kinds) connection.say(frame('job.event', { kind, body: {} }, { job_id: 'job_1' }))
    expect(types(connection.told)).toEqual(['job.note', `job.${'k'.repeat(252)}`, 'x-acme.note'])
  },
  events: async (rules) => {
    const connection = await runningJob(reach(rules, 'draft'))
    const event = { kind: 'x-vendor.acme.note', ts: 't', body: [1], 'x-acme': 1 }
    connection.say(
      frame(
        'job.event',
        { kind: 'thought', ts: 't', body: { text: 'hm' }, 'x-acme': 1 },
        { job_id: 'job_1', event_seq: 1 },
      ),
      frame('job.event', event, { job_id: 'job_1', event_seq: 2 }),
    )
    expect(connection.told.map(({ type, payload }) => [type, payload])).toEqual([
      ['job.thought', { seq: 1, ts: 't', text: 'hm', 'x-acme': 1 }],
      ['x-vendor.acme.note', { seq: 2, ts: 't', body: [1], 'x-acme': 1 }],
    ])
  },
  'fields of events': async (rules) => {
    const connection = await runningJob(reach(rules, 'python'))
    const told = (kind: string, body: object) => {
      connection.say(frame('job.event', { kind, ts: 't', body }, { job_id: 'job_1' }))
      const { ts: _, seq: __, ...fields } = connection.told.at(-1)?.payload ?? {}
      return fields
    }
    const call = { tool_call_id: '1', name: 'grep', arguments: {} }
    expect(told('tool_call', call)).toEqual({ call_id: '1', tool: 'grep', args: {} })
    expect(told('tool_result', { tool_call_id: '1', output: 2 })).toEqual({ call_id: '1', result: 2 })
    const metric = { name: 'n', value: 1 }
    expect(told('metric', { ...metric, dims: { a: 'b' } })).toEqual({ ...metric, dimensions: { a: 'b' } })
    expect(told('metric', { ...metric, attributes: {} })).toEqual({ ...metric, dimensions: {} })
    const artifact = { uri: 'u', media_type: 'text/plain', size_bytes: 3 }
    expect(told('artifact_ref', artifact)).toEqual({ uri: 'u', content_type: 'text/plain', byte_size: 3 })
  },
  'ended by result': async (rules) => {
    const end = async (final_status: string) => {
      const connection = await runningJob(reach(rules, 'older-python'))
      await connection.ask(cancel('c1', { reason: 'enough' }))
      connection.say(ended('job_1', 1, { final_status, result: undefined }))
      const { type, payload } = connection.told.at(-1) ?? {}
      return [type, payload?.reason ?? payload?.error]
    }
    expect(await end('cancelled')).toEqual(['job.cancelled', 'enough'])
    expect(await end('timed_out')).toMatchObject(['job.failed', { code: 'TIMEOUT' }])
  },
  terminals: async (rules) => {
    const end = async (terminal: Envelope) => {
      const connection = await runningJob(reach(rules, 'go'))
      connection.say(terminal)
      return connection.told[0]
    }
    const ts = '2026-01-01T00:00:01Z'
    const completed = { type: 'job.completed', payload: { seq: 1, ts, result: 1 } }
    expect(await end(ended('job_1', 1))).toMatchObject(completed)
    const code = 'LEASE_EXPIRED'
    expect(await end(failed('job_1', code))).toMatchObject({
      type: 'job.failed',
      payload: { error: { code } },
    })
    expect(await end(failed('job_1', 'CANCELLED'))).toMatchObject({ type: 'job.cancelled' })
  },
  'no result': async (rules) => {
    const connection = await runningJob(reach(rules, 'python'))
    connection.say(ended('job_1', 1, { result: undefined }))
    expect(connection.told[0]?.payload).toMatchObject({ result: null })
  },
  'last chunk': async (rules) => {
    const connection = await runningJob(reach(rules, 'older-python'))
    const chunk = (data: string, encoding: string) =>
      frame('job.event', { kind: 'result_chunk', ts: 't', body: { data, encoding } }, { job_id: 'job_1' })
    connection.say(chunk('AA==', 'base64'), chunk('', 'utf8'))
    expect(connection.told.map(({ payload }) => payload.encoding)).toEqual(['base64', 'base64'])
  },
  numbers: async (rules) => {
    const reached = reach(rules, 'go')
    const connection = await runningJob(reached)
    connection.say(logged('job_1', 1), frame('job.accepted', {}, { event_seq: 2 }), logged('job_1', 3))
    const numbered = (frames: readonly Envelope[]) =>
      frames.map(({ event_seq, payload }) => [event_seq, payload.seq])
    expect(numbered(connection.told)).toEqual([
      [1, 1],
      [2, 2],
    ])
    // One that is missing is missing here, too: the client asks for it, and what it did not take is numbered the same.
    connection.say(ended('job_1', 5))
    expect(numbered(connection.told.slice(2))).toEqual([[4, 3]])
    const again = await reached.dial(resumeHello(2))
    expect(again.heard[0]?.payload).toMatchObject({ last_event_seq: 3 })
    again.say(draftWelcome('go'))
    again.clear()
    again.say(logged('job_1', 4), ended('job_1', 5))
    expect(numbered(again.told)).toEqual([
      [3, 3],
      [4, 4],
    ])
  },
}

it('each rule for runtimes has a check of its own', () => {
  expect(Object.keys(checks).sort()).toEqual(clientRules.map(({ name }) => name).sort())
})

describe.each(clientRules.map((rule) => ({ ...rule, rule })))('$name', ({ name, dialects, rule }) => {
  it.each(dialects ?? (['draft'] as const))('holds (%s)', async (dialect) => {
    await checks[name]?.(clientRules, dialect)
  })

  it.each(dialects ?? (['draft'] as const))('does not hold without the rule (%s)', async (dialect) => {
    const others = clientRules.flatMap((other) => (other === rule ? notFor(dialect, rule) : [other]))
    await expect(checks[name]?.(others, dialect)).rejects.toThrow()
  })
})
