import type { Envelope } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import type { Dialect } from '../peer'
import { runtimeRules } from '../runtime-rules'
import { clientOf, frame, greetedClient, helloOf, refusal, welcome } from '../testing/client-frames'
import { notFor } from '../testing/not-for'
import type { RuntimeRule } from './rule'

/** `dialect` is one of those that the rule is for, where it is not for all. */
type Check = (rules: readonly RuntimeRule[], dialect: Dialect) => void

const TS = '2026-01-02T03:04:05.678Z'
const NOW = '2026-01-01T00:00:00.000Z'
const JOB = expect.stringMatching(/^job_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)

const types = (frames: readonly Envelope[]) => frames.map(({ type }) => type)
const payloads = (frames: readonly Envelope[]) => frames.map(({ payload }) => payload)

/** What the first frame of a client is to the runtime. */
function readFirst(rules: readonly RuntimeRule[], hello: Envelope): Envelope | undefined {
  return clientOf(rules, hello).read(hello)[0]
}

/** What a client is told of a request the runtime refuses, while `before` is all it did. */
function toldOfRefused(
  rules: readonly RuntimeRule[],
  dialect: Dialect,
  request: Envelope,
  before: readonly Envelope[],
) {
  const client = greetedClient(rules, dialect)
  for (const each of before) client.write(each)
  client.read(request)
  return client.write(refusal(request.id))
}

const accepted = frame('job.accepted', { job_id: 'job_1', request_id: 's0' }, { job_id: 'job_1' })
const submit = frame('job.submit', { agent: 'a', input: null }, { id: 's1', trace_id: '1'.repeat(32) })
const list = frame('session.list_jobs', {}, { id: 'l1' })
const cancel = frame('job.cancel', { job_id: 'job_1', reason: 'enough' }, { id: 'c1', job_id: 'job_1' })

/** What holds only because of one rule, by the rule's name. */
const checks: Readonly<Record<string, Check>> = {
  'session.resume': (rules) => {
    const resume = frame('session.resume', { auth: { scheme: 'bearer', token: 't' }, resume_token: 'x' })
    expect(readFirst(rules, resume)).toMatchObject({
      type: 'session.hello',
      payload: { client: { name: 'unknown' }, capabilities: { encodings: ['json'] } },
    })
  },
  'top-level resume': (rules) => {
    const fields = { session_id: 'sess_1', resume_token: 'ars_1', last_event_seq: 7 }
    expect(readFirst(rules, helloOf('draft', fields))?.payload.resume).toEqual(fields)
    const without = helloOf('draft', { session_id: 'sess_1', resume_token: 'ars_1' })
    expect(readFirst(rules, without)?.payload.resume).toMatchObject({ last_event_seq: 0 })
  },
  'token names session': (rules, dialect) => {
    const client = clientOf(rules, helloOf(dialect))
    client.read(helloOf(dialect))
    const [told] = client.write(welcome)
    const again = helloOf(dialect, { resume_token: told?.payload.resume_token, last_event_seq: 2 })
    const resume = { session_id: 'sess_1', resume_token: 'ars_1', last_event_seq: 2 }
    expect(readFirst(rules, again)?.payload.resume).toEqual(resume)
  },
  'typed events': (rules) => {
    const client = clientOf(rules, helloOf('draft'))
    const [hello] = client.read(helloOf('draft'))
    expect(hello?.payload.capabilities).toMatchObject({ features: expect.arrayContaining(['typed_events']) })
    const [told] = client.write(welcome)
    expect(told?.payload.capabilities).toMatchObject({
      features: expect.not.arrayContaining(['typed_events']),
    })
  },
  'advisory acks': (rules) => {
    const client = clientOf(rules, helloOf('draft'))
    const [hello] = client.read(helloOf('draft'))
    expect(hello?.payload.capabilities).toMatchObject({ features: expect.not.arrayContaining(['ack']) })
    const [told] = client.write(welcome)
    expect(told?.payload.capabilities).toMatchObject({ features: expect.arrayContaining(['ack']) })
  },
  'whole seconds': (rules) => {
    const client = clientOf(rules, helloOf('draft'))
    client.read(helloOf('draft'))
    const [told] = client.write(welcome)
    expect(told?.payload).toMatchObject({ heartbeat_interval_sec: 30, resume_window_sec: 600 })
  },
  bye: (rules) => {
    const [read] = greetedClient(rules, 'csharp').read(frame('session.bye', { reason: 'done' }))
    expect(read).toMatchObject({ type: 'session.close', payload: { reason: 'done' } })
  },
  'job of envelope': (rules) => {
    for (const type of ['job.cancel', 'job.subscribe', 'job.unsubscribe']) {
      const [read] = greetedClient(rules, 'older-python').read(frame(type, {}, { job_id: 'job_1' }))
      expect(read?.payload.job_id).toBe('job_1')
    }
  },
  'cancel answer': (rules) => {
    const client = greetedClient(rules, 'go')
    client.read(cancel)
    const answer = { request_id: 'c1', job_id: 'job_1', status: 'running' }
    const told = client.write(frame('job.cancel_accepted', answer, { job_id: 'job_1' }))
    const payload = { request_id: 'c1', job_id: 'job_1', reason: 'enough' }
    expect(told).toEqual([frame('job.cancelled', payload, { job_id: 'job_1' })])
  },
  history: (rules) => {
    const ask = (payload: object) => {
      const client = greetedClient(rules, 'go')
      const read = client.read(frame('job.subscribe', { job_id: 'job_1', ...payload }, { id: 'u1' }))
      const answer = {
        request_id: 'u1',
        status: 'failed',
        error_code: 'TIMEOUT',
        first_seq: 1,
        last_seq: 9,
        log_epoch: 'e',
      }
      return [...payloads(read), ...payloads(client.write(frame('job.subscribed', answer)))]
    }
    const state = { request_id: 'u1', current_status: 'timed_out' }
    expect(ask({})).toEqual([{ job_id: 'job_1' }, { ...state, subscribed_from: 9, replayed: false }])
    expect(ask({ from_event_seq: 3 })).toEqual([
      { job_id: 'job_1' },
      { ...state, subscribed_from: 9, replayed: false },
    ])
    expect(ask({ history: true })).toEqual([
      { job_id: 'job_1', after_seq: 0 },
      { ...state, subscribed_from: 0, replayed: true },
    ])
    expect(ask({ history: true, from_event_seq: 9 })).toEqual([
      { job_id: 'job_1', after_seq: 9 },
      { ...state, subscribed_from: 9, replayed: false },
    ])
  },
  'list filter': (rules) => {
    const ask = (...status: string[]) => {
      const client = greetedClient(rules, 'go')
      const [read] = client.read(frame('session.list_jobs', { filter: { status } }, { id: 'l1' }))
      const jobs = ['TIMEOUT', 'INTERNAL_ERROR'].map((error_code) => ({
        job_id: error_code,
        status: 'failed',
        error_code,
      }))
      const [told] = client.write(frame('session.jobs', { request_id: 'l1', jobs, next_cursor: null }))
      const listed = told?.payload.jobs as { job_id: string }[]
      return [read?.payload.filter, listed.map(({ job_id }) => job_id)]
    }
    const both = ['TIMEOUT', 'INTERNAL_ERROR']
    expect(ask('timed_out')).toEqual([{ status: ['failed'] }, ['TIMEOUT']])
    expect(ask('timedout')).toEqual([{ status: ['failed'] }, ['TIMEOUT']])
    expect(ask('error')).toEqual([{ status: ['failed'] }, ['INTERNAL_ERROR']])
    expect(ask('error', 'timed_out')).toEqual([{ status: ['failed'] }, both])
    expect(ask('pending', 'success')[0]).toEqual({ status: ['queued', 'completed'] })
    expect(ask('nonsense')[0]).toEqual({ status: ['nonsense'] })
  },
  'list limit': (rules) => {
    const ask = (limit: number) =>
      greetedClient(rules, 'older-python').read(frame('session.list_jobs', { limit }))
    expect(payloads([...ask(1_000), ...ask(7)])).toEqual([{ limit: 200 }, { limit: 7 }])
  },
  'list entries': (rules) => {
    const entry = {
      job_id: 'job_1',
      agent: 'a@1',
      status: 'completed',
      created_at: TS,
      started_at: TS,
      ended_at: TS,
      lease: {},
      last_seq: 4,
      trace_id: 't',
      parent_job_id: 'job_0',
    }
    const page = frame('session.jobs', { request_id: 'l1', jobs: [entry], next_cursor: null })
    const listed = {
      job_id: 'job_1',
      agent: 'a@1',
      status: 'success',
      lease: {},
      parent_job_id: 'job_0',
      created_at: TS,
      submitted_at: TS,
      trace_id: 't',
      last_event_seq: 4,
    }
    expect(greetedClient(rules, 'draft').write(page)[0]?.payload).toEqual({
      request_id: 'l1',
      jobs: [listed],
      next_cursor: null,
    })
  },
  'refused hello': (rules) => {
    for (const dialect of ['python', 'older-python', 'typescript', 'go', 'csharp', 'draft'] as const) {
      const client = clientOf(rules, helloOf(dialect))
      client.read(helloOf(dialect))
      const { session_id: _, ...error } = refusal('hello', 'UNAUTHENTICATED')
      const [told] = client.write(error)
      expect(told).toMatchObject({
        type: 'session.error',
        session_id: /./,
        payload: { code: 'UNAUTHENTICATED' },
      })
    }
  },
  'refused hello of Java': (rules) => {
    const client = clientOf(rules, helloOf('java'))
    client.read(helloOf('java'))
    const [told] = client.write(refusal('hello', 'UNAUTHENTICATED'))
    expect(told).toMatchObject({ type: 'job.error', id: 'hello', payload: { code: 'UNAUTHENTICATED' } })
    expect(told).not.toHaveProperty('job_id')
  },
  'request in details': (rules) => {
    for (const [dialect, request] of [
      ['python', submit],
      ['go', submit],
      ['draft', list],
    ] as const) {
      const [told] = toldOfRefused(rules, dialect, request, [accepted])
      expect(told).toMatchObject({
        type: 'session.error',
        payload: { request_id: request.id, code: 'INVALID_REQUEST', details: { request_id: request.id } },
      })
    }
  },
  'answers in order': (rules) => {
    for (const dialect of ['typescript', 'csharp', 'draft'] as const) {
      const client = greetedClient(rules, dialect)
      for (const id of ['s1', 's2', 's3', 's4']) client.read({ ...submit, id })
      expect(client.write(refusal('s2'))).toEqual([])
      expect(client.write(refusal('s4'))).toEqual([])
      const told = client.write(
        frame('job.accepted', { request_id: 's1', job_id: 'job_1' }, { job_id: 'job_1' }),
      )
      const failed = types(toldOfRefused(rules, dialect, submit, []))
      expect(types(told)).toEqual(['job.accepted', ...failed])
      expect(types(client.write(refusal('s3')))).toEqual([...failed, ...failed])
    }
  },
  'job that never was': (rules) => {
    const told = toldOfRefused(rules, 'typescript', submit, [accepted])
    const payload = {
      final_status: 'error',
      code: 'INVALID_REQUEST',
      message: 'no',
      retryable: false,
      completed_at: NOW,
    }
    const fields = { id: 'msg', session_id: 'sess_1', job_id: JOB, trace_id: submit.trace_id }
    expect(told).toEqual([frame('job.error', payload, fields)])
  },
  'accepted, then failed': (rules) => {
    for (const dialect of ['csharp', 'older-python', 'draft'] as const) {
      const told = toldOfRefused(rules, dialect, submit, [accepted])
      expect(types(told)).toEqual(['job.accepted', 'job.error'])
      const [answer, failure] = told
      expect(answer?.payload).toMatchObject({
        request_id: 's1',
        job_id: JOB,
        agent: 'a',
        lease: {},
        accepted_at: NOW,
      })
      expect(failure).toMatchObject({
        job_id: answer?.job_id,
        payload: { final_status: 'error', code: 'INVALID_REQUEST' },
      })
      expect(failure?.id).not.toBe(answer?.id)
    }
  },
  'error of request': (rules) => {
    for (const request of [submit, list]) {
      const [told] = toldOfRefused(rules, 'java', request, [accepted])
      expect(told).toMatchObject({ type: 'job.error', id: request.id, payload: { code: 'INVALID_REQUEST' } })
      expect(told).not.toHaveProperty('job_id')
    }
  },
  'errors that end all': (rules) => {
    for (const dialect of ['typescript', 'csharp', 'older-python'] as const) {
      expect(toldOfRefused(rules, dialect, list, [accepted])).toEqual([])
      expect(types(toldOfRefused(rules, dialect, list, []))).toEqual(['session.error'])
      const terminal = frame('job.cancelled', { seq: 3, ts: TS }, { job_id: 'job_1' })
      expect(types(toldOfRefused(rules, dialect, list, [accepted, terminal]))).toEqual(['session.error'])
    }
  },
  'errors nobody awaits': (rules) => {
    expect(toldOfRefused(rules, 'python', cancel, [accepted])).toEqual([])
    expect(types(toldOfRefused(rules, 'python', cancel, []))).toEqual(['session.error'])
    expect(types(toldOfRefused(rules, 'python', list, [accepted]))).toEqual(['session.error'])
  },
  heartbeats: (rules) => {
    expect(greetedClient(rules, 'go').write(frame('job.heartbeat', { running_for_ms: 5 }))).toEqual([])
  },
  terminals: (rules) => {
    const told = (type: string, payload: object) =>
      greetedClient(rules, 'go').write(frame(type, { seq: 3, ts: TS, ...payload }, { event_seq: 3 }))
    const end = (type: string, payload: object) => [
      frame(type, { ...payload, completed_at: TS }, { event_seq: 3 }),
    ]
    expect(told('job.completed', { result: null, summary: 's', 'x-a': 1 })).toEqual(
      end('job.result', { final_status: 'success', result: null, output: null, summary: 's', 'x-a': 1 }),
    )
    expect(told('job.completed', { result_id: 'r', result_size: 9, result_format: 'text' })).toEqual(
      end('job.result', { final_status: 'success', result_id: 'r', result_size: 9 }),
    )
    const error = { code: 'TIMEOUT', message: 'm', retryable: true, details: { a: 1 } }
    expect(told('job.failed', { error, 'x-a': 1 })).toEqual(
      end('job.error', { final_status: 'timed_out', ...error, 'x-a': 1 }),
    )
    expect(told('job.failed', { error: { code: 'CUSTOM', message: 'm' } })).toEqual(
      end('job.error', { final_status: 'error', code: 'CUSTOM', message: 'm', retryable: false }),
    )
    const cancelled = { final_status: 'cancelled', code: 'CANCELLED', retryable: false }
    expect(told('job.cancelled', { reason: 'enough' })).toEqual(
      end('job.error', { ...cancelled, message: 'enough' }),
    )
    expect(told('job.cancelled', {})).toEqual(
      end('job.error', { ...cancelled, message: 'the job was cancelled' }),
    )
  },
  'whole progress': (rules) => {
    const progress = frame('job.progress', { seq: 3, ts: TS, current: 2.7, total: 9.2 }, { event_seq: 3 })
    for (const dialect of ['go', 'java', 'csharp', 'python', 'older-python'] as const) {
      const [told] = greetedClient(rules, dialect).write(progress)
      expect(told?.payload.body).toEqual({ current: 2, total: 10 })
    }
    expect(greetedClient(rules, 'draft').write(progress)[0]?.payload.body).toEqual({
      current: 2.7,
      total: 9.2,
    })
  },
  events: (rules) => {
    const told = (type: string, payload: object) =>
      greetedClient(rules, 'draft').write(
        frame(type, { seq: 3, ts: TS, ...payload }, { event_seq: 3, job_id: 'job_1' }),
      )
    const event = (payload: object) => [
      frame('job.event', { ts: TS, ...payload }, { event_seq: 3, job_id: 'job_1' }),
    ]
    expect(told('job.queued', { agent: 'a@1', position: 0 })).toEqual(
      event({ kind: 'status', body: { phase: 'queued' } }),
    )
    expect(told('job.started', { agent: 'a@1', attempt: 1, resume_token: 'arj_1' })).toEqual(
      event({ kind: 'status', body: { phase: 'running' } }),
    )
    expect(told('job.log', { level: 'info', message: 'm', 'x-a': null })).toEqual(
      event({ kind: 'log', body: { level: 'info', message: 'm' }, 'x-a': null }),
    )
    expect(told('x-acme.thing', { body: [1, null], 'x-a': 1 })).toEqual(
      event({ kind: 'x-acme.thing', body: [1, null], 'x-a': 1 }),
    )
  },
  accepted: (rules) => {
    const payload = { request_id: 's1', job_id: 'job_1', agent: 'a@1', lease: {}, accepted_at: TS, 'x-a': 1 }
    const native = {
      ...payload,
      resume_token: 'arj_1',
      first_seq: 1,
      log_epoch: 'e',
      owner: false,
      resumed: true,
    }
    expect(greetedClient(rules, 'draft').write(frame('job.accepted', native))[0]?.payload).toEqual(payload)
  },
  'budget numbers': (rules) => {
    for (const dialect of ['typescript', 'go', 'java', 'csharp', 'draft'] as const) {
      const [told] = greetedClient(rules, dialect).write(frame('job.accepted', { budget: { USD: '5.00' } }))
      expect(told?.payload.budget).toEqual({ USD: 5 })
    }
  },
  'budget amounts': (rules) => {
    for (const dialect of ['python', 'older-python'] as const) {
      const [told] = greetedClient(rules, dialect).write(frame('job.accepted', { budget: { USD: '5.00' } }))
      expect(told?.payload.budget).toEqual({ USD: 'USD:5.00' })
    }
  },
  unsubscribed: (rules) => {
    const client = greetedClient(rules, 'draft')
    client.read(frame('job.unsubscribe', { job_id: 'job_1' }, { id: 'u1' }))
    expect(client.write(frame('job.unsubscribed', { request_id: 'u1', job_id: 'job_1' }))).toEqual([])
    expect(client.ending).toBeUndefined()
    expect(client.write(frame('job.unsubscribed', { job_id: 'job_1', reason: 'events_lost' }))).toEqual([])
    expect(client.ending).toBe('events_lost')
  },
  'final status': (rules) => {
    for (const dialect of ['python', 'older-python'] as const) {
      const [told] = greetedClient(rules, dialect).write(frame('job.cancelled', { seq: 3, ts: TS }))
      expect(told?.payload).toMatchObject({ final_status: 'error', code: 'CANCELLED' })
    }
  },
  'known codes': (rules) => {
    const failed = frame('job.failed', {
      seq: 3,
      ts: TS,
      error: { code: 'CUSTOM', message: 'm', details: { a: 1 } },
    })
    const [told] = greetedClient(rules, 'typescript').write(failed)
    expect(told?.payload).toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'm',
      details: { a: 1, code: 'CUSTOM' },
    })
  },
  'empty messages': (rules) => {
    const failed = frame('job.failed', { seq: 3, ts: TS, error: { code: 'TIMEOUT', message: '' } })
    const [told] = greetedClient(rules, 'typescript').write(failed)
    expect(told?.payload).toMatchObject({ code: 'TIMEOUT', message: 'TIMEOUT' })
  },
  'no nulls': (rules) => {
    const client = greetedClient(rules, 'draft')
    const [subscribed] = client.write(
      frame('job.subscribed', { status: 'running', parent_job_id: null, last_seq: 1 }),
    )
    expect(subscribed?.payload).not.toHaveProperty('parent_job_id')
    const jobs = [{ job_id: 'job_1', status: 'running', parent_job_id: null }]
    const [page] = client.write(frame('session.jobs', { request_id: 'l1', jobs, next_cursor: null }))
    expect(page?.payload).toEqual({
      request_id: 'l1',
      jobs: [{ job_id: 'job_1', status: 'running' }],
      next_cursor: null,
    })
  },
  'full pages': (rules) => {
    const job_id = `job_${'1'.repeat(26)}`
    const ofJob = { parent_job_id: job_id, trace_id: '1'.repeat(32) }
    const entry = {
      ...{ job_id, agent: 'a@1', status: 'queued', created_at: TS, lease: {}, last_seq: 1 },
      ...ofJob,
    }
    const listed = (count: number) => {
      const payload = { request_id: 'l1', jobs: Array(count).fill(entry), next_cursor: null }
      return greetedClient(rules, 'older-python').write(frame('session.jobs', payload))[0]
    }
    expect(listed(1)?.payload.jobs).toMatchObject([ofJob])
    // As many as a runtime puts into a frame, of which it leaves 512 bytes for all but them.
    const count = Math.floor((16_384 - 512) / (JSON.stringify(entry).length + 1))
    const full = listed(count)
    expect(full?.payload.jobs).toHaveLength(count)
    expect(JSON.stringify(full).length).toBeLessThanOrEqual(16_384)
  },
  'version 1': (rules) => {
    const earlier = { arcp: '1' } as object
    const hello = { ...helloOf('draft'), ...earlier } as Envelope
    const client = clientOf(rules, hello)
    expect(client.read(hello)).toMatchObject([{ arcp: '1.1', type: 'session.hello' }])
    expect(client.write(welcome)).toMatchObject([{ arcp: '1', type: 'session.welcome' }])
    expect(client.read({ ...submit, ...earlier } as Envelope)).toMatchObject([{ arcp: '1.1', id: 's1' }])
    // It can only be one for TypeScript.
    expect(client.write(refusal('s1'))).toMatchObject([{ arcp: '1', type: 'job.error', job_id: JOB }])
    expect(greetedClient(rules, 'typescript').write(accepted)).toMatchObject([{ arcp: '1.1' }])
  },
}

it('each rule for clients has a check of its own', () => {
  expect(Object.keys(checks).sort()).toEqual(runtimeRules.map(({ name }) => name).sort())
})

describe.each(runtimeRules.map((rule) => ({ ...rule, rule })))('$name', ({ name, dialects, rule }) => {
  it.each(dialects ?? (['draft'] as const))('holds (%s)', (dialect) => {
    checks[name]?.(runtimeRules, dialect)
  })

  it.each(dialects ?? (['draft'] as const))('does not hold without the rule (%s)', (dialect) => {
    const others = runtimeRules.flatMap((other) => (other === rule ? notFor(dialect, rule) : [other]))
    expect(() => checks[name]?.(others, dialect)).toThrow()
  })
})
