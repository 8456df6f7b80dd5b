import { getEventListeners } from 'node:events'
import { agent, InvalidRequestError } from '@arcp/protocol'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Job } from '../jobs/job'
import { conversation, SESSION, TRACE } from '../testing/conversation'

const report = agent({
  name: 'report',
  version: '1.0.0',
  input: v.object({ dir: v.string() }),
  output: v.object({ files: v.number() }),
})

describe('a submit', () => {
  it('carries every option under its name on the wire', async () => {
    await using talk = await conversation()
    const submitting = talk.client.submit(
      report,
      { dir: 'src' },
      {
        lease: { 'fs.read': ['src/**'], 'cost.budget': ['USD:1.00'] },
        expiresAt: new Date(Date.UTC(2026, 0, 2)),
        expiresInS: 30,
        idempotencyKey: 'k1',
        maxRuntimeSec: 9,
        parentJobId: 'job_0',
        traceId: TRACE,
        extensions: { 'x-acme-run': 7 },
      },
    )
    const submit = await talk.peer.next('job.submit')
    expect(submit).toEqual({
      arcp: '1.1',
      id: expect.stringMatching(/^msg_/),
      type: 'job.submit',
      session_id: SESSION,
      trace_id: TRACE,
      payload: {
        agent: 'report@1.0.0',
        input: { dir: 'src' },
        lease_request: { 'fs.read': ['src/**'], 'cost.budget': ['USD:1.00'] },
        lease_constraints: { expires_at: '2026-01-02T00:00:00.000Z', expires_in_s: 30 },
        idempotency_key: 'k1',
        max_runtime_sec: 9,
        parent_job_id: 'job_0',
        'x-acme-run': 7,
      },
    })
    talk.accept(submit, 'job_1')
    await submitting
  })

  it.each([
    ['expiresInS', Number.NaN],
    ['expiresInS', Number.POSITIVE_INFINITY],
    ['maxRuntimeSec', Number.NaN],
    ['afterSeq', Number.NEGATIVE_INFINITY],
  ])('is not sent without a limit where %s is %d', async (name, value) => {
    await using talk = await conversation()
    const refusal = new InvalidRequestError(`${name}: expected a finite number`)
    await expect(talk.client.submit('echo', 1, { [name]: value })).rejects.toThrow(refusal)
    if (name === 'afterSeq')
      await expect(talk.client.subscribe('job_1', { [name]: value })).rejects.toThrow(refusal)
    expect(talk.peer.frames.map(({ type }) => type)).toEqual(['session.hello', 'session.ack'])
  })

  it('is refused where an option is misspelt, by its name', async () => {
    await using talk = await conversation()
    const submitted: object = { idempotency_key: 'k1' }
    const subscribed: object = { after: 0 }
    await expect(talk.client.submit('echo', 1, submitted)).rejects.toThrow(
      new TypeError('there is no option idempotency_key'),
    )
    await expect(talk.client.subscribe('job_1', subscribed)).rejects.toThrow(
      new TypeError('there is no option after'),
    )
  })

  it('leaves out what was not said, and sends no input as null', async () => {
    await using talk = await conversation()
    void talk.client.submit('echo', undefined).catch(() => {})
    const { payload } = await talk.peer.next('job.submit')
    expect(payload).toEqual({ agent: 'echo', input: null })
  })

  it('sends x-* and input deep-equal, __proto__ keys included', async () => {
    await using talk = await conversation()
    const value = JSON.parse('{"__proto__":{"a":[1,{"__proto__":null}]},"b":"\\ud800","c":-0.5}')
    void talk.client.submit('echo', value, { extensions: { 'x-acme': value } }).catch(() => {})
    const { payload } = await talk.peer.next('job.submit')
    expect(JSON.stringify(payload.input)).toBe(JSON.stringify(value))
    expect(JSON.stringify(payload['x-acme'])).toBe(JSON.stringify(value))
  })

  it('resolves with what the runtime says of the job', async () => {
    await using talk = await conversation()
    const lease_constraints = { expires_at: '2026-01-01T00:00:31.000Z', expires_in_s: 30 }
    const budget = { USD: '1.5' }
    const job = await talk.job('job_1', { lease: { 'tool.call': ['*'] }, lease_constraints, budget })
    expect({ ...pick(job) }).toEqual({
      id: 'job_1',
      agent: 'echo@1.0.0',
      lease: { 'tool.call': ['*'] },
      leaseConstraints: lease_constraints,
      budget,
      traceId: TRACE,
      acceptedAt: '2026-01-01T00:00:01.000Z',
      resumeToken: 'arj_job_1',
    })
  })

  it('is typed by the contract', async () => {
    await using talk = await conversation()
    const { client } = talk
    const submitting = client.submit(report, { dir: 'src' })
    expectTypeOf(submitting).resolves.toEqualTypeOf<Job<{ files: number }>>()
    // @ts-expect-error the contract wants a directory
    void client.submit(report, { directory: 'src' }).catch(() => {})
    const text = agent({ name: 'text', version: '1.0.0', output: 'text' })
    const named = client.submit('echo', 1)
    const typed = client.submit<number>('echo', 1)
    const textual = client.submit(text, 1)
    const again = client.submit(report, null, { resumeToken: 'arj_1' })
    expectTypeOf(again).resolves.toEqualTypeOf<Job<{ files: number }>>()
    // @ts-expect-error without a token the contract's input is wanted
    void client.submit(report, null, { idempotencyKey: 'k1' }).catch(() => {})
    expectTypeOf(textual).resolves.toEqualTypeOf<Job<string>>()
    expectTypeOf(named).resolves.toEqualTypeOf<Job<unknown>>()
    expectTypeOf(typed).resolves.toEqualTypeOf<Job<number>>()
    await talk.peer.close()
    await Promise.allSettled([submitting, named, typed, textual, again])
  })

  it('of many in one tick travels with the others in one batch', async () => {
    await using talk = await conversation()
    const before = talk.peer.frames.length
    const submits = Array.from({ length: 50 }, (_, n) => talk.client.submit('echo', n))
    expect(talk.peer.frames).toHaveLength(before)
    for (let n = 0; n < 50; n++) {
      const submit = await talk.peer.next('job.submit')
      expect(submit.payload.input).toBe(n)
      talk.accept(submit, `job_${n}`)
    }
    expect((await Promise.all(submits)).map(({ id }) => id)).toEqual(submits.map((_, n) => `job_${n}`))
  })
})

describe('a submit is refused before it is sent', () => {
  it.each([
    ['traceId', { traceId: 'A'.repeat(32) }, 'traceId: expected 32 lower-case hex digits'],
    ['an extension key', { extensions: { acme: 1 } as never }, 'extensions: acme does not start with x-'],
  ])('for a bad %s', async (_, options, message) => {
    await using talk = await conversation()
    const submitting = talk.client.submit('echo', 1, options)
    await expect(submitting).rejects.toThrow(InvalidRequestError)
    await expect(submitting).rejects.toThrow(message)
    expect(talk.peer.frames).toHaveLength(2)
  })

  it('for an input that is no JSON', async () => {
    await using talk = await conversation()
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    await expect(talk.client.submit('echo', cycle)).rejects.toThrow(InvalidRequestError)
    await expect(talk.client.submit('echo', 1n)).rejects.toThrow(/job.submit is no JSON/)
    expect(talk.peer.frames).toHaveLength(2)
  })

  it('for a frame above the runtime’s limit, counted in bytes; one at the limit goes', async () => {
    await using talk = await conversation({}, { max_frame_bytes: 1_000 })
    void talk.client.submit('echo', '').catch(() => {})
    const empty = Buffer.byteLength(JSON.stringify(await talk.peer.next('job.submit')))
    const room = 1_000 - empty
    await expect(talk.client.submit('echo', 'ä'.repeat(room))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: { bytes: empty + 2 * room, max_frame_bytes: 1_000 },
    })
    await expect(talk.client.submit('echo', 'a'.repeat(room + 1))).rejects.toThrow(InvalidRequestError)
    void talk.client.submit('echo', 'a'.repeat(room)).catch(() => {})
    expect((await talk.peer.next('job.submit')).payload.input).toHaveLength(room)
  })
})

describe('the signal of a submit', () => {
  const reason = new Error('not any more')

  it('sends nothing when it has aborted already', async () => {
    await using talk = await conversation()
    const signal = AbortSignal.abort(reason)
    await expect(talk.client.submit('echo', 1, { signal })).rejects.toBe(reason)
    expect(talk.peer.frames).toHaveLength(2)
  })

  it('rejects the call when it aborts before the answer, and cancels a job that comes to be', async () => {
    await using talk = await conversation()
    const stop = new AbortController()
    const submitting = talk.client.submit('echo', 1, { signal: stop.signal })
    const submit = await talk.peer.next('job.submit')
    stop.abort(reason)
    await expect(submitting).rejects.toBe(reason)
    talk.accept(submit, 'job_1')
    const cancel = await talk.peer.next('job.cancel')
    expect(cancel).toMatchObject({ job_id: 'job_1', payload: { job_id: 'job_1', reason: 'not any more' } })
  })

  it('changes nothing when a refusal follows', async () => {
    await using talk = await conversation()
    const stop = new AbortController()
    const submitting = talk.client.submit('echo', 1, { signal: stop.signal })
    const submit = await talk.peer.next('job.submit')
    stop.abort(reason)
    talk.say('session.error', { request_id: submit.id, code: 'AGENT_NOT_AVAILABLE', message: 'no' })
    await expect(submitting).rejects.toBe(reason)
  })

  it('cancels the job when it aborts after the answer, once', async () => {
    await using talk = await conversation()
    const stop = new AbortController()
    const submitting = talk.client.submit('echo', 1, { signal: stop.signal })
    talk.accept(await talk.peer.next('job.submit'), 'job_1')
    const job = await submitting
    stop.abort(reason)
    const cancel = await talk.peer.next('job.cancel')
    talk.say('job.cancel_accepted', { request_id: cancel.id, job_id: 'job_1', status: 'running' })
    talk.event('job_1', 'job.cancelled', 1, { reason: cancel.payload.reason })
    await expect(job.result()).rejects.toThrow('not any more')
    expect(talk.peer.frames.filter(({ type }) => type === 'job.cancel')).toHaveLength(1)
  })

  it('cancels nothing after the job’s end', async () => {
    await using talk = await conversation()
    const stop = new AbortController()
    const submitting = talk.client.submit('echo', 1, { signal: stop.signal })
    talk.accept(await talk.peer.next('job.submit'), 'job_1')
    const job = await submitting
    talk.event('job_1', 'job.completed', 1, { result: 5 })
    expect(await job.result()).toBe(5)
    stop.abort(reason)
    await talk.clock.settle()
    expect(talk.peer.frames.map(({ type }) => type)).not.toContain('job.cancel')
  })

  it('is listened to only while something is to come of it', async () => {
    await using talk = await conversation()
    const stop = new AbortController()
    const listeners = () => getEventListeners(stop.signal, 'abort').length
    const refused = talk.client.submit('echo', 1, { signal: stop.signal })
    const { id } = await talk.peer.next('job.submit')
    talk.say('session.error', { request_id: id, code: 'INVALID_REQUEST', message: 'no' })
    await expect(refused).rejects.toThrow('no')
    expect(listeners()).toBe(0)
    const submitting = talk.client.submit('echo', 1, { signal: stop.signal })
    talk.accept(await talk.peer.next('job.submit'), 'job_1')
    const job = await submitting
    expect(listeners()).toBe(1)
    talk.event('job_1', 'job.completed', 1)
    await job.result()
    expect(listeners()).toBe(0)
  })

  it('logs a cancellation that fails, and disturbs nothing', async () => {
    await using talk = await conversation()
    const stop = new AbortController()
    const submitting = talk.client.submit('echo', 1, { signal: stop.signal })
    talk.accept(await talk.peer.next('job.submit'), 'job_1')
    const job = await submitting
    stop.abort(reason)
    const cancel = await talk.peer.next('job.cancel')
    talk.say('session.error', { request_id: cancel.id, code: 'PERMISSION_DENIED', message: 'no' })
    talk.event('job_1', 'job.completed', 1, { result: 5 })
    expect(await job.result()).toBe(5)
    await talk.clock.settle()
    expect(talk.logs.lines).toEqual(['warn: job not cancelled'])
  })
})

function pick({ id, agent: name, lease, leaseConstraints, budget, traceId, acceptedAt, resumeToken }: Job) {
  return { id, agent: name, lease, leaseConstraints, budget, traceId, acceptedAt, resumeToken }
}
