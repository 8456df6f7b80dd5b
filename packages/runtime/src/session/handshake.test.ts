import { UnauthenticatedError } from '@arcp/protocol'
import type { Observation } from '@arcp/protocol/observe'
import { gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { echo } from '../testing/agents'
import { harness, outcome } from '../testing/harness'
import { conversation, hello, refused } from '../testing/hello'

describe('the welcome', () => {
  it('names the session, the runtime, what is agreed and the agents', async () => {
    await using h = harness({ agents: [echo] })
    const peer = h.dial()
    const welcome = await peer.hello()
    expect(welcome.session_id).toMatch(/^sess_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    expect(welcome.payload).toMatchObject({
      session_id: welcome.session_id,
      runtime: { name: 'test-runtime', version: '1.0.0' },
      max_frame_bytes: 1024 * 1024,
      accepted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      capabilities: {
        encodings: ['json'],
        features: ['typed_events'],
        agents: [{ name: 'echo', versions: ['1.0.0'], default: '1.0.0' }],
      },
    })
    expect(welcome.payload.resume_token).toMatch(/^ars_[\w-]{43}$/)
    expect(welcome.payload.resume_window_sec).toBeGreaterThan(0)
  })

  it.each([
    ['no features', { encodings: ['json'] }, []],
    ['null for features', { encodings: ['json'], features: null }, []],
    ['empty features', { encodings: ['json'], features: [] }, []],
    [
      'unknown features beside known ones',
      { encodings: ['cbor', 'json'], features: ['x', 'typed_events', '__proto__', 'progress', 'x'] },
      ['progress', 'typed_events'],
    ],
  ])('agrees on what both know: %s', async (_, capabilities, features) => {
    await using h = harness({ agents: [echo] })
    const peer = await h.connect({ capabilities })
    expect(peer.frames[0]?.payload.capabilities).toMatchObject({ features })
    expect((await outcome(peer, { agent: 'echo', input: 'native' })).payload.result).toBe('native')
  })
})

describe('a first frame that is no hello', () => {
  it.each(['job.submit', 'session.ping', 'session.close', 'session.welcome', 'x-vendor.hi', '__proto__'])(
    'is answered with INVALID_REQUEST and the end: %s',
    async (type) => {
      await using h = harness()
      const peer = h.dial()
      const id = peer.request(type, {})
      expect(await conversation(peer)).toMatchObject({
        code: 1008,
        frames: [
          { type: 'session.error', request_id: id, code: 'INVALID_REQUEST', retryable: false },
          { type: 'session.closed', reason: 'protocol_error', resume: false },
        ],
      })
    },
  )

  it.each(['nonsense', '[]', '{}', 'null', '"hello"', '', '{"id":5}', '[{"type":"session.hello"}]'])(
    'is unreadable, and the end: %j',
    async (text) => {
      await using h = harness()
      const peer = h.dial()
      peer.send(text)
      const { code, frames } = await conversation(peer)
      expect(code).toBe(1008)
      expect(frames).toMatchObject([
        { type: 'session.error', code: 'INVALID_REQUEST', details: { reason: 'unreadable_frame' } },
        { type: 'session.closed', reason: 'protocol_error' },
      ])
      expect(frames[0]).not.toHaveProperty('request_id')
    },
  )

  it('of another protocol version is told which one is supported', async () => {
    await using h = harness()
    const peer = h.dial()
    const id = peer.request('session.hello', hello, { arcp: '1.0' })
    const { code, frames } = await conversation(peer)
    expect(code).toBe(1008)
    expect(frames[0]).toMatchObject({
      request_id: id,
      code: 'INVALID_REQUEST',
      details: { supported: ['1.1'], issues: [{ path: 'arcp', message: 'expected "1.1"' }] },
    })
  })
})

describe('a hello is refused', () => {
  it.each([
    ['payload.client', { client: undefined }],
    ['payload.client', { client: 'probe' }],
    ['payload.client.name', { client: { name: 5, version: '1' } }],
    ['payload.client.version', { client: { name: 'probe' } }],
    ['payload.auth', { auth: null }],
    ['payload.auth.scheme', { auth: { scheme: 'basic', token: 'test-token' } }],
    ['payload.auth.token', { auth: { scheme: 'bearer' } }],
    ['payload.capabilities', { capabilities: [] }],
    ['payload.capabilities.encodings', { capabilities: { encodings: ['cbor'] } }],
    ['payload.capabilities.features', { capabilities: { encodings: ['json'], features: 'all' } }],
    ['payload.capabilities.features[1]', { capabilities: { encodings: ['json'], features: ['a', 5] } }],
    ['payload.resume', { resume: 'ars_x' }],
    ['payload.resume.last_event_seq', { resume: { session_id: 's', resume_token: 't', last_event_seq: -1 } }],
  ])('with the path %s', async (path, changes) => {
    await using h = harness()
    const error = await refused(h, { ...hello, ...changes })
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', details: { issues: [{ path }] } })
    expect(error.message).toContain(path)
  })

  it('when it is of the other form of the protocol, naming the feature it lacks', async () => {
    await using h = harness()
    const error = await refused(h, { ...hello, capabilities: { encodings: ['json'], features: ['ack'] } })
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { required_features: ['typed_events'] },
    })
  })

  it.each(['', 'wrong', 'test-token ', '__proto__', 'toString'])(
    'with UNAUTHENTICATED for the token %j, which is repeated and logged nowhere (R-SEC-4)',
    async (token) => {
      await using h = harness()
      const error = await refused(h, { ...hello, auth: { scheme: 'bearer', token } })
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false })
      expect(JSON.stringify(error)).not.toContain('wrong')
      expect(JSON.stringify(h.logged)).not.toContain('wrong')
    },
  )

  it.each([
    ['', { principal: '' }],
    ['no', undefined],
    ['a missing', {}],
    ['a numeric', { principal: 7 }],
  ])('when the verifier names %s principal (R-OBS-2)', async (_, identity) => {
    await using h = harness({ auth: () => identity as never })
    expect(await refused(h, hello)).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it.each([
    ['throws', () => Promise.reject(new Error('secret database down'))],
    [
      'throws at once',
      () => {
        throw new Error('secret database down')
      },
    ],
  ])('with INTERNAL_ERROR and nothing of its text when the verifier %s', async (_, auth) => {
    await using h = harness({ auth })
    const error = await refused(h, hello)
    expect(error).toMatchObject({ code: 'INTERNAL_ERROR', retryable: true })
    expect(JSON.stringify(error)).not.toContain('secret')
    expect(h.logged).toMatchObject([
      { level: 'error', fields: { code: 'INTERNAL_ERROR', error: new Error('secret database down') } },
    ])
  })

  it('with UNAUTHENTICATED when the verifier throws that, and tells operators alone why', async () => {
    const reasons: string[] = []
    const observe = {
      observe: (seen: Observation) => void (seen.type === 'session.refused' && reasons.push(seen.reason)),
    }
    await using h = harness({
      observe,
      auth: () => {
        throw new UnauthenticatedError('the account is closed', { details: { account: 7 } })
      },
    })
    expect(await refused(h, hello)).toEqual({
      type: 'session.error',
      request_id: expect.any(String),
      code: 'UNAUTHENTICATED',
      message: 'the token was refused',
      retryable: false,
    })
    expect(reasons).toEqual(['the account is closed'])
    expect(h.logged).toMatchObject([{ level: 'info', fields: { reason: 'the account is closed' } }])
  })

  it('when the verifier takes too long (R-LIF-13)', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, auth: () => new Promise(() => {}) })
    const peer = h.dial()
    const id = peer.request('session.hello', hello)
    await clock.settle()
    clock.advance(3_999)
    await clock.settle()
    expect(peer.frames).toHaveLength(0)
    clock.advance(1)
    expect(await conversation(peer)).toMatchObject({
      code: 1008,
      frames: [{ type: 'session.error', request_id: id, code: 'INTERNAL_ERROR' }],
    })
    expect(clock.timers).toBe(0)
  })

  it('with RESUME_WINDOW_EXPIRED when it names a session nobody knows', async () => {
    await using h = harness()
    const resume = { session_id: 'sess_gone', resume_token: 'ars_x', last_event_seq: 0 }
    expect(await refused(h, { ...hello, resume })).toMatchObject({
      code: 'RESUME_WINDOW_EXPIRED',
      retryable: false,
    })
  })

  it('while the store has not opened, once the time to verify it is over', async () => {
    const clock = new TestClock()
    const never = new Proxy({}, { get: () => () => new Promise(() => {}) })
    const h = harness({ clock, store: never as never })
    const peer = h.dial()
    peer.request('session.hello', hello)
    await clock.settle()
    clock.advance(4_000)
    expect((await conversation(peer)).frames).toMatchObject([{ code: 'INTERNAL_ERROR' }])
  })
})

describe('nothing may come between hello and welcome', () => {
  it.each([
    [
      'a request',
      JSON.stringify({ arcp: '1.1', id: 'r', type: 'session.ping', payload: { nonce: 'n' } }),
      'r',
    ],
    ['a second hello', JSON.stringify({ arcp: '1.1', id: 'r', type: 'session.hello', payload: hello }), 'r'],
    ['an extension', JSON.stringify({ arcp: '1.1', id: 'r', type: 'x-a.b', payload: {} }), 'r'],
    ['an envelope that is none', JSON.stringify({ arcp: '1.1', id: 'r' }), 'r'],
    ['garbage', 'garbage', undefined],
  ])('not %s', async (_, text, requestId) => {
    const verified = gate<{ principal: string }>()
    await using h = harness({ auth: () => verified.promise })
    const peer = h.dial()
    peer.request('session.hello', hello)
    peer.send(text)
    const { code, frames } = await conversation(peer)
    expect(code).toBe(1008)
    expect(frames.map(({ type }) => type)).toEqual(['session.error', 'session.closed'])
    expect(frames[0]).toMatchObject({ code: 'INVALID_REQUEST' })
    expect((frames[0] as { request_id?: string }).request_id).toBe(requestId)
    verified.open({ principal: 'ada' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(peer.frames).toHaveLength(2)
  })
})
