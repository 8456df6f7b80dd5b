import { type Client, connect, type Job } from '@arcp/client'
import { agent } from '@arcp/protocol'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Conversation, converse, helloFrame, idOf } from './conversation'
import { openWire } from './wire'

const ECHO = implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)

/** A runtime behind a WebSocket and, beside whoever misbehaves, a client that runs a job over one of its own. */
interface Scene extends AsyncDisposable {
  readonly url: string
  readonly client: Client
  readonly running: Job
  /** The numbers of its events, once it has ended. */
  readonly seqs: Promise<number[]>
  /** Lets every job of `held` go on to its end. */
  release(): void
}

async function openScene(): Promise<Scene> {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const held = implement(agent({ name: 'held', version: '1.0.0' }), async (input, ctx) => {
    await ctx.progress({ current: 1 })
    await released
    await ctx.progress({ current: 2 })
    return input
  })
  const runtime = createRuntime({
    name: 'e2e',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada', 'demo-token': 'bob' }),
    agents: [held, ECHO],
  })
  const server = await listen(runtime)
  const client = await connect(webSocket(server.url), { token: 'test-token' })
  const running = await client.submit('held', 'beside')
  return {
    url: server.url,
    client,
    running,
    seqs: seqsOf(running),
    release,
    async [Symbol.asyncDispose]() {
      await client.close()
      await server.close()
      await runtime.close()
    },
  }
}

async function seqsOf(job: Job): Promise<number[]> {
  const seqs: number[] = []
  for await (const { seq } of job.events()) seqs.push(seq)
  return seqs
}

let scene: Scene

beforeEach(async () => {
  scene = await openScene()
})

/** Whatever came, the other session and its job are as they were. */
afterEach(async () => {
  expect(scene.client.state).toBe('connected')
  scene.release()
  expect(await scene.running.result()).toBe('beside')
  expect(await scene.seqs).toEqual([1, 2, 3, 4, 5])
  expect(await (await scene.client.submit('echo', 'after')).result()).toBe('after')
  await scene[Symbol.asyncDispose]()
})

const envelope = (changes: object) =>
  JSON.stringify({ arcp: '1.1', id: 'bad', type: 'job.submit', payload: { agent: 'echo' }, ...changes })

const UNREADABLE: [string, string][] = [
  ['that is not JSON', '{"arcp":"1.1",'],
  ['that is no object', '[1,2]'],
  ['that is null', 'null'],
  ['without an id', envelope({ id: undefined })],
  ['with a number for its id', envelope({ id: 7 })],
]

/** The frames, the path they are blamed at, and what else stands in `details`. */
const MALFORMED: [string, string, string, object?][] = [
  ['of another version', envelope({ arcp: '1.0' }), 'arcp', { supported: ['1.1'] }],
  ['of an unknown type', envelope({ type: 'job.dance' }), 'type'],
  ['without a type', envelope({ type: undefined }), 'type'],
  ['without a payload', envelope({ payload: undefined }), 'payload'],
  ['with a list for its payload', envelope({ payload: [] }), 'payload'],
  ['of another session', envelope({ session_id: 'sess_other' }), 'session_id'],
  ['with a number for its agent', envelope({ payload: { agent: 1 } }), 'payload.agent'],
  ['with no agent', envelope({ payload: {} }), 'payload.agent'],
  [
    'with a text for its runtime',
    envelope({ payload: { agent: 'echo', max_runtime_sec: '9' } }),
    'payload.max_runtime_sec',
  ],
  [
    'with a list for its lease',
    envelope({ payload: { agent: 'echo', lease_request: [] } }),
    'payload.lease_request',
  ],
  ['that cancels nothing', envelope({ type: 'job.cancel', payload: {} }), 'payload.job_id'],
  [
    'that cancels two jobs at once',
    envelope({ type: 'job.cancel', job_id: 'job_a', payload: { job_id: 'job_b' } }),
    'payload.job_id',
  ],
  ['nested too deep', envelope({ deep: JSON.parse('['.repeat(300) + ']'.repeat(300)) }), ''],
]

describe('a session goes on, its job unharmed, after a frame', () => {
  let wire: Conversation

  beforeEach(async () => {
    wire = await converse(scene.url)
    wire.ask('own', 'job.submit', { agent: 'held', input: 'own' })
    await wire.until('job.progress')
  })

  /** Nothing has been sent for the bad frame but what the test took, and nothing is lost of the job. */
  afterEach(async () => {
    wire.ask('p', 'session.ping', { nonce: 'still here' })
    expect((await wire.next()).payload).toMatchObject({ ping_nonce: 'still here' })
    scene.release()
    expect((await wire.next()).payload).toMatchObject({ seq: 4, current: 2 })
    expect((await wire.next()).payload).toMatchObject({ seq: 5, result: 'own' })
    await wire[Symbol.asyncDispose]()
  })

  it.each(UNREADABLE)('%s', async (_, text) => {
    wire.send(text)
    const { payload } = await wire.next()
    const details = {
      reason: 'unreadable_frame',
      issues: [{ path: expect.any(String), message: expect.any(String) }],
    }
    expect(payload).toEqual({
      code: 'INVALID_REQUEST',
      message: expect.any(String),
      retryable: false,
      details,
    })
  })

  it.each(MALFORMED)('%s', async (_, text, path, more = {}) => {
    wire.send(text)
    expect(await wire.next()).toEqual(
      wire.message('session.error', {
        request_id: 'bad',
        code: 'INVALID_REQUEST',
        message: expect.stringMatching(/./),
        retryable: false,
        details: { issues: [{ path, message: expect.any(String) }], ...more },
      }),
    )
  })

  it('that says a secret where it does not belong, without repeating it', async () => {
    wire.send(
      envelope({ payload: { agent: 'echo', max_runtime_sec: 'swordfish', idempotency_key: ['swordfish'] } }),
    )
    expect(JSON.stringify(await wire.next())).not.toContain('swordfish')
  })
})

describe('a transport ends, and not its session, after', () => {
  it.each([
    ['a binary frame', Buffer.from(envelope({})), 1003],
    ['a frame larger than max_frame_bytes', ' '.repeat(1024 * 1024) + envelope({}), 1009],
    ['a frame of more bytes than characters', envelope({ pad: '€'.repeat(350_000) }), 1009],
  ])('%s', async (_, data, code) => {
    const wire = await converse(scene.url)
    wire.ask('own', 'job.submit', { agent: 'held', input: 'own' })
    const seen = await wire.until('job.progress')
    wire.send(data)
    expect(await wire.closed).toMatchObject({ code })
    await expect(wire.next()).rejects.toThrow('closed')

    const resume_token = wire.welcome.payload.resume_token
    await using again = await converse(scene.url, {
      resume: { session_id: wire.sessionId, resume_token, last_event_seq: seen.at(-1)?.event_seq },
    })
    expect(again.sessionId).toBe(wire.sessionId)
    scene.release()
    expect(
      (await again.until('job.completed')).map(({ event_seq, payload }) => [event_seq, payload.seq]),
    ).toEqual([
      [4, 4],
      [5, 5],
    ])
  })

  it('twenty unreadable frames within a minute, which is said', async () => {
    await using wire = await converse(scene.url)
    for (let i = 0; i < 20; i++) wire.send('nonsense')
    const frames = await wire.until('session.closed')
    expect(frames.slice(0, -1).map(({ type }) => type)).toEqual(Array(20).fill('session.error'))
    expect(frames.at(-1)?.payload).toMatchObject({ reason: 'protocol_error' })
    expect(await wire.closed).toMatchObject({ code: 1008 })
  })
})

describe('whoever has not said hello is closed, told why, after', () => {
  const error = (request_id: object) => ({
    arcp: '1.1',
    id: idOf('msg'),
    type: 'session.error',
    payload: {
      ...request_id,
      code: 'INVALID_REQUEST',
      message: expect.any(String),
      retryable: false,
    },
  })

  it.each([
    ['a submit', envelope({}), { request_id: 'bad' }],
    ['a close', envelope({ type: 'session.close', payload: {} }), { request_id: 'bad' }],
    ['an extension', envelope({ type: 'x-acme.hint' }), { request_id: 'bad' }],
    [
      'a hello of another version',
      envelope({ ...helloFrame(), id: 'bad', arcp: '2.0' }),
      { request_id: 'bad' },
    ],
    ['nonsense', 'nonsense', {}],
  ])('%s', async (_, text, request_id) => {
    await using wire = await openWire(scene.url)
    wire.send(text)
    const answer = await wire.next()
    expect(answer).toMatchObject(error(request_id))
    expect('request_id' in answer.payload).toBe('request_id' in request_id)
    expect(await wire.next()).toMatchObject({
      type: 'session.closed',
      payload: { reason: 'protocol_error', resume: false },
    })
    expect(await wire.closed).toMatchObject({ code: 1008 })
  })

  it.each([
    ['no token', { auth: { scheme: 'bearer' } }, 'payload.auth.token'],
    ['another scheme', { auth: { scheme: 'basic', token: 'demo-token' } }, 'payload.auth.scheme'],
    ['no capabilities', { capabilities: undefined }, 'payload.capabilities'],
    ['no JSON', { capabilities: { encodings: ['cbor'] } }, 'payload.capabilities.encodings'],
    ['a number for its name', { client: { name: 1, version: '1' } }, 'payload.client.name'],
  ])('a hello with %s', async (_, changes, path) => {
    await using wire = await openWire(scene.url)
    wire.send(helloFrame(changes))
    expect(await wire.next()).toMatchObject({
      type: 'session.error',
      payload: { request_id: 'hello', code: 'INVALID_REQUEST', details: { issues: [{ path }] } },
    })
    expect(await wire.closed).toMatchObject({ code: 1008 })
  })

  it('a frame between hello and welcome', async () => {
    await using wire = await openWire(scene.url)
    wire.send(helloFrame())
    wire.send(envelope({}))
    const frames = [await wire.next(), await wire.next()]
    expect(frames.map(({ type }) => type)).toEqual(['session.error', 'session.closed'])
    expect(frames[0]?.payload).toMatchObject({ request_id: 'bad', code: 'INVALID_REQUEST' })
    expect(await wire.closed).toMatchObject({ code: 1008 })
  })
})
