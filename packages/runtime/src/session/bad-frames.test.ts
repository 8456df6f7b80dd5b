import { type ScriptedPeer, TestClock } from '@arcp/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { echo, type HeldAgent, heldAgent } from '../testing/agents'
import { drive, type Harness, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'

let h: Harness
let peer: ScriptedPeer
let held: HeldAgent
let runningJob: string | undefined

beforeEach(async () => {
  held = heldAgent()
  h = harness({ agents: [echo, held.implementation] })
  peer = await h.connect()
  runningJob = (await submitted(peer, { agent: 'held' })).job_id
  await held.started
})

/** Whatever a frame did, the session and the job that was running are as they were. */
afterEach(async () => {
  expect((await outcome(peer, { agent: 'echo', input: 'still here' })).payload.result).toBe('still here')
  held.gate.open('unharmed')
  expect((await terminalOf(peer, runningJob)).payload.result).toBe('unharmed')
  await h[Symbol.asyncDispose]()
})

const envelope = { arcp: '1.1', id: 'bad', type: 'job.submit', payload: { agent: 'echo' } }

describe('a frame that cannot be read is told so, to nobody in particular', () => {
  it.each([
    ['not JSON', '{"arcp":'],
    ['empty', ''],
    ['a number', '1e999'],
    ['null', 'null'],
    ['a string', '"{}"'],
    ['an array', '[{"id":"a"}]'],
    ['without id', JSON.stringify({ ...envelope, id: undefined })],
    ['with an empty id', JSON.stringify({ ...envelope, id: '' })],
    ['with an id that is no string', JSON.stringify({ ...envelope, id: { toString: 'x' } })],
    ['with an id out of bounds', JSON.stringify({ ...envelope, id: 'i'.repeat(257) })],
    ['with its id inherited', '{"__proto__":{"id":"bad"},"arcp":"1.1","type":"job.submit","payload":{}}'],
  ])('%s', async (_, text) => {
    peer.send(text)
    const { payload } = await peer.next('session.error')
    expect(payload).toMatchObject({
      code: 'INVALID_REQUEST',
      retryable: false,
      details: { reason: 'unreadable_frame', issues: [expect.anything()] },
    })
    expect(payload).not.toHaveProperty('request_id')
  })
})

describe('a frame with an id is answered under it, with the path of what is wrong', () => {
  it.each([
    ['arcp', { arcp: '1.0' }],
    ['arcp', { arcp: undefined }],
    ['type', { type: undefined }],
    ['type', { type: '' }],
    ['type', { type: 7 }],
    ['type', { type: 'job.nonsense' }],
    ['type', { type: 't'.repeat(257) }],
    ['type', { type: 'constructor' }],
    ['type', { type: 'session.welcome' }],
    ['type', { type: 'session.hello' }],
    ['payload', { payload: undefined }],
    ['payload', { payload: null }],
    ['payload', { payload: [] }],
    ['payload', { payload: 'text' }],
    ['session_id', { session_id: 5 }],
    ['session_id', { session_id: 'sess_other' }],
    ['job_id', { job_id: ['j'] }],
    ['event_seq', { event_seq: 0 }],
    ['payload.nonce', { type: 'session.ping', payload: {} }],
    ['payload.nonce', { type: 'session.ping', payload: { nonce: 'n'.repeat(257) } }],
    ['payload.job_id', { type: 'job.cancel', payload: {} }],
    ['payload.reason', { type: 'session.close', payload: { reason: 5 } }],
  ])('%s (case %#)', async (path, changes) => {
    peer.send({ ...envelope, ...changes })
    const error = await refusal(peer, 'bad')
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      retryable: false,
      details: { issues: [{ path }] },
    })
    expect(error.message).toContain(path)
  })

  it('tells which versions it speaks when asked in another', async () => {
    peer.send({ ...envelope, arcp: '2.0' })
    expect(await refusal(peer, 'bad')).toMatchObject({ details: { supported: ['1.1'] } })
  })

  it('tells a second hello that the session stands already', async () => {
    const id = peer.request('session.hello', {
      client: { name: 'probe', version: '1' },
      auth: { scheme: 'bearer', token: 'other-token' },
      capabilities: { encodings: ['json'] },
    })
    expect(await refusal(peer, id)).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'type: the session stands already',
    })
  })

  it.each([
    ['a bracket too many', 257, true],
    ['100,000 levels', 100_000, true],
    ['as deep as may be', 252, false],
  ])('nesting: %s', async (_, levels, isRefused) => {
    const input = '['.repeat(levels) + ']'.repeat(levels)
    peer.send(`{"arcp":"1.1","id":"bad","type":"job.submit","payload":{"agent":"echo","input":${input}}}`)
    const answer = await peer.next(({ payload }) => payload.request_id === 'bad')
    expect(answer.type).toBe(isRefused ? 'session.error' : 'job.accepted')
    if (isRefused) expect(answer.payload).toMatchObject({ code: 'INVALID_REQUEST' })
  })
})

describe('what is none of this runtime’s business is passed over', () => {
  it.each([
    ['an extension type', { type: 'x-vendor.hint' }],
    ['an extension type for another session', { type: 'x-vendor.hint', session_id: 'sess_other' }],
    ['a pong nobody asked for', { type: 'session.pong', payload: { ping_nonce: 'n', received_at: 'now' } }],
  ])('%s', async (_, changes) => {
    const before = peer.frames.length
    peer.send({ ...envelope, payload: {}, ...changes })
    peer.request('session.ping', { nonce: 'after' })
    expect((await peer.next('session.pong')).payload.ping_nonce).toBe('after')
    expect(peer.frames.slice(before).map(({ type }) => type)).toEqual(['session.pong'])
  })

  it.each([
    ['unknown fields', { color: 'red', 'x-vendor.a': 1, timestamp: '2026-01-01T00:00:00Z' }],
    ['fields that are null', { session_id: null, job_id: null, event_seq: null, trace_id: null }],
    ['a trace id that is none', { trace_id: 'ABC' }],
    ['a missing session_id', { session_id: undefined }],
  ])('%s', async (_, changes) => {
    const payload = { agent: 'echo', input: 1, color: 'red', idempotency_key: null, lease_constraints: null }
    const accepted = await submitted(peer, payload, changes)
    expect(accepted.trace_id).toMatch(/^[0-9a-f]{32}$/)
    expect((await terminalOf(peer, accepted.job_id)).payload.result).toBe(1)
  })
})

describe('unreadable frames', () => {
  it('close the session at the twentieth within a minute', async () => {
    const clock = new TestClock()
    await using other = harness({ clock, agents: [echo] })
    const noisy = await drive(clock, other.connect())
    for (let i = 0; i < 19; i++) noisy.send('nonsense')
    await clock.settle()
    clock.advance(59_999)
    noisy.send('nonsense')
    const { code } = await noisy.closed
    expect(code).toBe(1008)
    expect(noisy.frames.filter(({ type }) => type === 'session.error')).toHaveLength(20)
    expect(noisy.frames.at(-1)).toMatchObject({
      type: 'session.closed',
      payload: { reason: 'protocol_error' },
    })
  })

  it('are forgotten after a minute', async () => {
    const clock = new TestClock()
    await using other = harness({ clock, agents: [echo] })
    const noisy = await drive(clock, other.connect())
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 19; i++) noisy.send('nonsense')
      await clock.settle()
      clock.advance(60_000)
    }
    expect((await drive(clock, outcome(noisy, { agent: 'echo', input: 'ok' }))).payload.result).toBe('ok')
  })

  it('do not count when they have an id', async () => {
    for (let i = 0; i < 50; i++) peer.send({ id: `r${i}` })
    expect((await refusal(peer, 'r49')).code).toBe('INVALID_REQUEST')
  })
})
