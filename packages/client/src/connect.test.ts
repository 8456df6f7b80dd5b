import { getEventListeners } from 'node:events'
import { ConnectionError, UnauthenticatedError } from '@arcp/protocol'
import {
  type Dialer,
  memoryDialer,
  memoryPair,
  type Transport,
  type TransportHandler,
} from '@arcp/protocol/transport'
import { scriptedPeer, seededRandom, TestClock, testAcceptor } from '@arcp/testkit'
import { describe, expect, it, vi } from 'vitest'
import { version } from '../package.json'
import { connect } from './connect'
import type { ConnectOptions } from './options'
import { conversation, runtimeSide, SESSION, welcome } from './testing/conversation'

/** A client that dials, and the runtime's side once it has. */
function dialling(options: Partial<ConnectOptions> = {}) {
  const acceptor = testAcceptor()
  const clock = new TestClock()
  const random = seededRandom(2)
  const connecting = connect(memoryDialer(acceptor), { token: 'test-token', clock, random, ...options })
  // Most of these tests are about its failure, which they look at later.
  connecting.catch(() => {})
  const accepted = acceptor.next().then(({ transport }) => runtimeSide(scriptedPeer(transport)))
  return { acceptor, clock, connecting, accepted }
}

describe('the hello', () => {
  it('tells token, name and features, and nothing follows it before the welcome', async () => {
    const { connecting, accepted } = dialling()
    const { peer, say } = await accepted
    const hello = await peer.next('session.hello')
    expect(hello).toEqual({
      arcp: '1.1',
      id: expect.stringMatching(/^msg_[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
      type: 'session.hello',
      payload: {
        client: { name: '@arcp/client', version },
        auth: { scheme: 'bearer', token: 'test-token' },
        capabilities: {
          encodings: ['json'],
          features: [
            'heartbeat',
            'ack',
            'list_jobs',
            'subscribe',
            'progress',
            'result_chunk',
            'agent_versions',
            'typed_events',
          ],
        },
      },
    })
    say('session.welcome', welcome())
    await connecting
    await peer.next('session.ack')
    expect(peer.frames).toHaveLength(2)
  })

  it('is answered by the welcome, whatever unknown messages come before it', async () => {
    const { connecting, accepted } = dialling()
    const { say } = await accepted
    say('session.motd', { text: 'hi' })
    say('job.accepted', { request_id: 'nobody', job_id: 'job_1' })
    say('session.welcome', welcome())
    expect((await connecting).state).toBe('connected')
  })

  it('tells the name it was given and asks only for features it was told and has', async () => {
    const { accepted } = dialling({
      client: { name: 'mine', version: '9' },
      features: ['progress', 'cost.budget'],
    })
    const { payload } = await (await accepted).peer.next('session.hello')
    expect(payload).toMatchObject({
      client: { name: 'mine', version: '9' },
      capabilities: { features: ['progress', 'typed_events'] },
    })
  })

  it('asks for nothing when told to', async () => {
    const { connecting, accepted } = dialling({ features: [] })
    const { peer, say } = await accepted
    expect((await peer.next('session.hello')).payload).toMatchObject({ capabilities: { features: [] } })
    const capabilities = { encodings: ['json'], features: [], agents: [] }
    say('session.welcome', welcome({ capabilities }))
    expect((await connecting).features).toEqual([])
  })

  it('asks a token function each time', async () => {
    const token = vi.fn(async () => 'fresh')
    const { accepted } = dialling({ token })
    const { payload } = await (await accepted).peer.next('session.hello')
    expect(payload.auth).toEqual({ scheme: 'bearer', token: 'fresh' })
    expect(token).toHaveBeenCalledOnce()
  })

  it('passes on what a token function throws, and dials nobody', async () => {
    const error = new Error('no token today')
    const { connecting, acceptor, clock } = dialling({ token: () => Promise.reject(error) })
    await expect(connecting).rejects.toBe(error)
    expect(acceptor.accepted).toEqual([])
    expect(clock.timers).toBe(0)
  })

  it('gives up on a token function that does not settle', async () => {
    const { connecting, clock } = dialling({ token: () => new Promise(() => {}) })
    await clock.settle()
    clock.advance(30_000)
    await expect(connecting).rejects.toThrow(ConnectionError)
    await expect(connecting).rejects.toThrow('no token within 30000 ms')
  })
})

describe('the welcome', () => {
  it('is what the client tells of the session', async () => {
    await using talk = await conversation()
    const { client } = talk
    expect(client.sessionId).toBe(SESSION)
    expect(client.runtime).toEqual({ name: 'scripted', version: '1.2.3' })
    expect(client.agents).toEqual([{ name: 'echo', versions: ['1.0.0'], default: '1.0.0' }])
    expect(client.features).toEqual(['progress', 'result_chunk', 'agent_versions', 'typed_events'])
    expect(client.state).toBe('connected')
  })

  it('may be followed by frames in the same breath', async () => {
    const { connecting, accepted } = dialling()
    const { peer, say } = await accepted
    say('session.welcome', welcome())
    say('session.ping', { nonce: 'n1' })
    await connecting
    expect((await peer.next('session.pong')).payload).toMatchObject({ ping_nonce: 'n1' })
  })

  it('leaves no timer', async () => {
    await using talk = await conversation()
    expect(talk.clock.timers).toBe(0)
  })

  it('may come after messages of no meaning', async () => {
    const { connecting, accepted } = dialling()
    const { say } = await accepted
    say('x-greeting', {})
    say('session.welcome', welcome())
    await expect(connecting).resolves.toMatchObject({ state: 'connected' })
  })
})

describe('connecting fails, and leaves neither transport nor timer', () => {
  it('R-LIF-13 when the peer is silent, after 5 s', async () => {
    const { connecting, accepted, clock } = dialling()
    const { peer } = await accepted
    await peer.next('session.hello')
    clock.advance(4_999)
    await clock.settle()
    expect(clock.timers).toBe(1)
    clock.advance(1)
    await expect(connecting).rejects.toThrow(ConnectionError)
    await expect(connecting).rejects.toThrow('no welcome within 5000 ms')
    await peer.closed
    expect(clock.timers).toBe(0)
  })

  it('with the error of its code when the runtime refuses', async () => {
    const { connecting, accepted, clock } = dialling()
    const { peer, say } = await accepted
    say('session.error', { code: 'UNAUTHENTICATED', message: 'unknown token', retryable: false })
    await expect(connecting).rejects.toThrow(UnauthenticatedError)
    await expect(connecting).rejects.toThrow('unknown token')
    await peer.closed
    expect(clock.timers).toBe(0)
  })

  it.each([
    ['not JSON', 'SSH-2.0-OpenSSH_9.2', 'it does not speak version 1.1'],
    [
      'of another version',
      { arcp: '2.0', id: 'a', type: 'session.welcome', payload: {} },
      'it does not speak version 1.1',
    ],
    [
      'an unusable welcome',
      { arcp: '1.1', id: 'a', type: 'session.welcome', payload: { ...welcome(), max_frame_bytes: '1' } },
      'session.welcome has no usable max_frame_bytes',
    ],
    [
      'a welcome of the public draft',
      {
        arcp: '1.1',
        id: 'a',
        type: 'session.welcome',
        payload: welcome({ capabilities: { encodings: ['json'], features: ['ack'], agents: [] } }),
      },
      'it has no typed_events',
    ],
    [
      'an unusable refusal',
      { arcp: '1.1', id: 'a', type: 'session.error', payload: { message: 'no' } },
      'session.error has no usable code',
    ],
    [
      'a farewell',
      { arcp: '1.1', id: 'a', type: 'session.closed', payload: { reason: 'shutdown', resume: false } },
      'the runtime closed the session: shutdown',
    ],
  ])('with a ConnectionError when the answer is %s', async (_, answer, message) => {
    const { connecting, accepted, clock } = dialling()
    const { peer } = await accepted
    peer.send(answer)
    await expect(connecting).rejects.toThrow(ConnectionError)
    await expect(connecting).rejects.toThrow(message)
    await peer.closed
    expect(clock.timers).toBe(0)
  })

  it('when the peer hangs up, telling its code and reason', async () => {
    const { connecting, accepted } = dialling()
    await (await accepted).peer.close(1008, 'no room')
    await expect(connecting).rejects.toThrow('the connection was lost (code 1008: no room)')
  })

  it('when dialling fails, with the dialler’s own ConnectionError', async () => {
    const error = new ConnectionError('cannot connect to ws://nowhere', { url: 'ws://nowhere' })
    const dialer: Dialer = { open: () => Promise.reject(error) }
    await expect(connect(dialer, { token: 't' })).rejects.toBe(error)
  })

  it('when dialling fails in another way, with that as the cause', async () => {
    const cause = new Error('the cable is cut')
    const dialer: Dialer = {
      open() {
        throw cause
      },
    }
    await expect(connect(dialer, { token: 't' })).rejects.toMatchObject({
      name: 'ConnectionError',
      message: 'cannot connect: the cable is cut',
      cause,
    })
  })

  it('when dialling takes longer than 5 s, and closes what opens after all', async () => {
    const clock = new TestClock()
    const [near, far] = memoryPair()
    let opened!: () => void
    const dialer: Dialer = {
      open: () =>
        new Promise((resolve) => {
          opened = () => resolve(near)
        }),
    }
    const connecting = connect(dialer, { token: 't', clock })
    await clock.settle()
    clock.advance(5_000)
    await expect(connecting).rejects.toThrow('no connection within 5000 ms')
    const late = scriptedPeer(far)
    opened()
    await late.closed
    expect(late.frames).toEqual([])
    expect(clock.timers).toBe(0)
  })
})

describe('R-LIF-14 giving up leaves no zombie', () => {
  const reason = new Error('changed my mind')

  it('before it began: nobody is dialled', async () => {
    const { connecting, acceptor } = dialling({ signal: AbortSignal.abort(reason) })
    await expect(connecting).rejects.toBe(reason)
    expect(acceptor.accepted).toEqual([])
  })

  it('while the token is awaited', async () => {
    const stop = new AbortController()
    const { connecting, acceptor, clock } = dialling({
      signal: stop.signal,
      token: () => new Promise(() => {}),
    })
    await clock.settle()
    stop.abort(reason)
    await expect(connecting).rejects.toBe(reason)
    expect(acceptor.accepted).toEqual([])
    expect(clock.timers).toBe(0)
  })

  it('while dialling: the dialler is told, and what opens all the same is closed', async () => {
    const stop = new AbortController()
    const clock = new TestClock()
    const [near, far] = memoryPair()
    const dialer: Dialer = {
      open: (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(near))
        }),
    }
    const connecting = connect(dialer, { token: 't', clock, signal: stop.signal })
    await clock.settle()
    stop.abort(reason)
    await expect(connecting).rejects.toBe(reason)
    await scriptedPeer(far).closed
    expect(clock.timers).toBe(0)
  })

  it('while the welcome is awaited: the transport closes, a late welcome changes nothing', async () => {
    const stop = new AbortController()
    const { connecting, accepted, clock } = dialling({ signal: stop.signal })
    const { peer, say } = await accepted
    await peer.next('session.hello')
    stop.abort(reason)
    say('session.welcome', welcome())
    await expect(connecting).rejects.toBe(reason)
    await peer.closed
    expect(peer.frames.map(({ type }) => type)).toEqual(['session.hello'])
    expect(clock.timers).toBe(0)
  })

  it('over a transport that goes on after it was closed: a late welcome changes nothing', async () => {
    const stop = new AbortController()
    let handler: TransportHandler | undefined
    const closes: number[] = []
    const stubborn: Transport = {
      start: (started) => {
        handler = started
      },
      send() {},
      close: (code = 1000) => void closes.push(code),
      bufferedBytes: 0,
    }
    const clock = new TestClock()
    const connecting = connect({ open: async () => stubborn }, { token: 't', clock, signal: stop.signal })
    await clock.settle()
    stop.abort(reason)
    const late = { arcp: '1.1', id: 'w', type: 'session.welcome', session_id: SESSION, payload: welcome() }
    handler?.frame(JSON.stringify(late))
    await expect(connecting).rejects.toBe(reason)
    const before = closes.length
    handler?.frame(JSON.stringify(late))
    handler?.close({ code: 1000, reason: '' })
    await clock.settle()
    expect(before).toBeGreaterThan(0)
    expect(closes).toHaveLength(before)
    expect(clock.timers).toBe(0)
  })

  it('after the welcome it changes nothing, and nobody listens to it', async () => {
    const stop = new AbortController()
    await using talk = await conversation({ signal: stop.signal })
    expect(getEventListeners(stop.signal, 'abort')).toEqual([])
    stop.abort(reason)
    await talk.clock.settle()
    expect(talk.client.state).toBe('connected')
  })
})
