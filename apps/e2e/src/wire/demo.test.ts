import { type DemoServer, startDemoServer } from '@arcp/demo/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Conversation,
  converse,
  helloFrame,
  idOf,
  JOB_TOKEN,
  MOMENT,
  SESSION_TOKEN,
  TRACE,
} from './conversation'
import { type Frame, openWire } from './wire'

/*
 * The built demo, asked by a script that has a WebSocket and `JSON` and nothing of ours. Frames are compared whole: a
 * field too many fails as one too few does.
 */

let demo: DemoServer

beforeAll(async () => {
  demo = await startDemoServer()
  return () => demo.stop()
})

const talk = (hello?: object) => converse(demo.runtime, hello)

/** A job that was accepted, and what its frames share. */
interface Accepted {
  readonly job_id: string
  readonly trace_id: string
  readonly frame: Frame
  /** The whole frame of one of its events, to be expected. */
  event(type: string, event_seq: number, seq: number, body: object): object
}

/** Takes the next frame as the answer to a submit, whole. */
async function accepted(
  wire: Conversation,
  request_id: string,
  agent: string,
  fields: object = {},
): Promise<Accepted> {
  const frame = await wire.next()
  const { job_id = '', trace_id = '' } = frame
  expect(frame).toEqual(
    wire.message(
      'job.accepted',
      {
        request_id,
        job_id: idOf('job'),
        agent,
        lease: {},
        accepted_at: MOMENT,
        trace_id: TRACE,
        resume_token: JOB_TOKEN,
        first_seq: 1,
        log_epoch: expect.stringMatching(/./),
        ...fields,
      },
      { job_id: frame.payload.job_id, trace_id: frame.payload.trace_id },
    ),
  )
  return {
    job_id,
    trace_id,
    frame,
    event: (type, event_seq, seq, body) =>
      wire.message(type, { seq, ts: MOMENT, ...body }, { job_id, trace_id, event_seq }),
  }
}

describe('a session with the demo', () => {
  it('is welcomed, with the fields of a welcome', async () => {
    await using wire = await talk()
    expect(wire.agreed).toEqual({ subprotocol: '', extensions: '' })
    expect(wire.welcome).toEqual({
      arcp: '1.1',
      id: idOf('msg'),
      type: 'session.welcome',
      session_id: idOf('sess'),
      payload: {
        session_id: wire.sessionId,
        runtime: { name: 'arcp-demo', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
        resume_token: SESSION_TOKEN,
        resume_window_sec: expect.any(Number),
        max_frame_bytes: 1024 * 1024,
        accepted_at: MOMENT,
        capabilities: {
          encodings: ['json'],
          features: expect.any(Array),
          agents: [
            { name: 'ask', versions: ['1.0.0'], default: '1.0.0' },
            { name: 'count', versions: ['1.0.0'], default: '1.0.0' },
            { name: 'echo', versions: ['1.0.0'], default: '1.0.0' },
            { name: 'report', versions: ['1.0.0'], default: '1.0.0' },
          ],
        },
      },
    })
    expect(wire.welcome.payload.resume_window_sec).toBeGreaterThan(0)
  })

  it.each([
    [['typed_events', 'progress', 'result_chunk', 'agent_versions']],
    [['typed_events', 'progress', 'telepathy', 'progress']],
    [['typed_events']],
    [[]],
    [undefined],
  ])('agrees on what both have of %j', async (features) => {
    await using wire = await talk({ capabilities: { encodings: ['json'], features } })
    const agreed = (wire.welcome.payload.capabilities as { features: string[] }).features
    const known = ['typed_events', 'progress', 'result_chunk', 'agent_versions']
    expect(agreed.toSorted()).toEqual(known.filter((feature) => features?.includes(feature)).toSorted())
  })

  it('is refused without the right token, and closed', async () => {
    await using wire = await openWire(demo.runtime)
    wire.send(helloFrame({ auth: { scheme: 'bearer', token: 'wrong' } }))
    expect(await wire.next()).toEqual({
      arcp: '1.1',
      id: idOf('msg'),
      type: 'session.error',
      payload: {
        request_id: 'hello',
        code: 'UNAUTHENTICATED',
        message: expect.stringMatching(/./),
        retryable: false,
      },
    })
    expect(await wire.closed).toMatchObject({ code: 1008 })
  })

  it('is had by peers of the public draft, too, in their form', async () => {
    await using wire = await talk({ capabilities: { encodings: ['json'], features: ['progress'] } })
    expect(wire.welcome.payload.capabilities).toMatchObject({ features: ['progress'] })
    wire.ask('s', 'job.submit', { agent: 'echo', input: [1] })
    const { job_id, trace_id } = await wire.next()
    const numbered = (type: string, event_seq: number, payload: object) =>
      wire.message(type, payload, { job_id, trace_id, event_seq })
    expect(await wire.until('job.result')).toEqual([
      numbered('job.event', 1, { kind: 'status', ts: MOMENT, body: { phase: 'queued' } }),
      numbered('job.event', 2, { kind: 'status', ts: MOMENT, body: { phase: 'running' } }),
      numbered('job.result', 3, { final_status: 'success', result: [1], output: [1], completed_at: MOMENT }),
    ])
  })

  it('answers a ping', async () => {
    await using wire = await talk()
    wire.ask('p', 'session.ping', { nonce: 'n-1' })
    expect(await wire.next()).toEqual(
      wire.message('session.pong', { ping_nonce: 'n-1', received_at: MOMENT }),
    )
  })

  it('says bye when asked to close, and closes with 1000', async () => {
    await using wire = await talk()
    wire.ask('c', 'session.close', { reason: 'done' })
    expect(await wire.next()).toEqual(wire.message('session.closed', { reason: 'bye', resume: false }))
    expect(await wire.closed).toMatchObject({ code: 1000 })
  })

  it('is told of a shutdown before the socket closes', async () => {
    await using stopping = await startDemoServer()
    await using wire = await converse(stopping.runtime)
    const stopped = stopping.stop()
    const farewell = { reason: 'shutdown', resume: false, retry_after_ms: 1_000 }
    expect(await wire.next()).toEqual(wire.message('session.closed', farewell))
    expect(await wire.closed).toMatchObject({ code: 1001 })
    expect(await stopped).toBe(0)
  })

  it('gives every frame a fresh id, of one random part and a counter', async () => {
    await using wire = await talk()
    await using other = await talk()
    wire.ask('s', 'job.submit', { agent: 'count', input: { to: 40 } })
    const ids = [wire.welcome, ...(await wire.until('job.completed'))].map(({ id }) => id)
    expect(ids).toEqual(ids.map(() => idOf('msg')))
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(ids.map((id) => id.slice(0, -10))).size).toBe(1)
    expect(ids).toEqual(ids.toSorted())
    expect(other.welcome.id.slice(0, -10)).not.toBe(wire.welcome.id.slice(0, -10))
  })
})

describe('a job of the demo', () => {
  it('is accepted, queued, started, makes progress and completes', async () => {
    await using wire = await talk()
    wire.ask('s1', 'job.submit', { agent: 'count', input: { to: 2 } })
    const { frame, event } = await accepted(wire, 's1', 'count@1.0.0')
    const agent = 'count@1.0.0'
    expect(await wire.until('job.completed')).toEqual([
      event('job.queued', 1, 1, { agent, position: 0 }),
      event('job.started', 2, 2, { agent, attempt: 1, resume_token: frame.payload.resume_token }),
      event('job.progress', 3, 3, { current: 1, total: 2 }),
      event('job.progress', 4, 4, { current: 2, total: 2 }),
      event('job.completed', 5, 5, { result: { counted: 2 } }),
    ])
  })

  it('is numbered by itself from 1, and in its session beside the others without a gap', async () => {
    await using wire = await talk()
    for (const id of ['a', 'b', 'c']) wire.ask(id, 'job.submit', { agent: 'count@1.0.0', input: { to: 30 } })
    const frames: Frame[] = []
    while (frames.filter(({ type }) => type === 'job.completed').length < 3) frames.push(await wire.next())
    const answers = frames.filter(({ type }) => type === 'job.accepted')
    expect(answers.map(({ payload }) => payload.request_id)).toEqual(['a', 'b', 'c'])
    expect(answers.map(({ event_seq }) => event_seq)).toEqual([undefined, undefined, undefined])
    const events = frames.filter(({ type }) => type !== 'job.accepted')
    expect(events.map(({ event_seq }) => event_seq)).toEqual(events.map((_, i) => i + 1))
    for (const { job_id, trace_id } of answers) {
      const own = events.filter((event) => event.job_id === job_id)
      expect(own.map(({ payload }) => payload.seq)).toEqual(Array.from({ length: 33 }, (_, i) => i + 1))
      expect(new Set(own.map((event) => event.trace_id))).toEqual(new Set([trace_id]))
      expect(frames.findIndex((frame) => frame.job_id === job_id)).toBe(
        frames.findIndex((frame) => frame.type === 'job.accepted' && frame.job_id === job_id),
      )
    }
    expect(new Set(frames.map(({ session_id }) => session_id))).toEqual(new Set([wire.sessionId]))
    expect(new Set(answers.map(({ trace_id }) => trace_id)).size).toBe(3)
  })

  it('keeps the trace it was given, and drops what is none', async () => {
    await using wire = await talk()
    const trace_id = '0af7651916cd43dd8448eb211c80319c'
    wire.ask('s1', 'job.submit', { agent: 'echo', input: 1 }, { trace_id })
    const kept = [await accepted(wire, 's1', 'echo@1.0.0'), ...(await wire.until('job.completed'))]
    expect(kept.map((frame) => frame.trace_id)).toEqual(Array(4).fill(trace_id))
    wire.ask('s2', 'job.submit', { agent: 'echo', input: 1 }, { trace_id: 'NONE' })
    expect((await accepted(wire, 's2', 'echo@1.0.0')).trace_id).not.toBe('NONE')
  })

  it.each([
    ['null', null],
    ['nothing', undefined],
    ['text', '\u2028 größe 🎉 \ud83d\ude00'],
    ['a list', [1, 0.1, -1e21, true, null, [[]], {}]],
  ])('echoes %s', async (_, input) => {
    await using wire = await talk()
    wire.ask('s', 'job.submit', { agent: 'echo', input })
    const { event } = await accepted(wire, 's', 'echo@1.0.0')
    const last = (await wire.until('job.completed')).at(-1)
    expect(last).toEqual(event('job.completed', 3, 3, { result: input ?? null }))
  })

  it('repeats the x-* of a returned object beside the result', async () => {
    await using wire = await talk()
    const input = { 'x-acme': { a: [null] }, plain: 1, nested: { 'x-inner': 2 } }
    wire.ask('s', 'job.submit', { agent: 'echo', input })
    const { event } = await accepted(wire, 's', 'echo@1.0.0')
    const last = (await wire.until('job.completed')).at(-1)
    expect(last).toEqual(event('job.completed', 3, 3, { result: input, 'x-acme': { a: [null] } }))
  })

  it('streams a result as chunks, which job.completed names', async () => {
    await using wire = await talk()
    const lease = { 'fs.read': ['apps/demo/**'] }
    wire.ask('s', 'job.submit', { agent: 'report', input: { dir: 'apps/demo/public' }, lease_request: lease })
    const { event } = await accepted(wire, 's', 'report@1.0.0', { lease })
    const frames = await wire.until('job.completed')
    const types = frames.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1])
    expect(types).toEqual([
      'job.queued',
      'job.started',
      'job.status',
      'job.progress',
      'job.status',
      'job.result_chunk',
      'job.completed',
    ])
    const chunks = frames.filter(({ type }) => type === 'job.result_chunk')
    const result_id = String(chunks[0]?.payload.result_id)
    expect(result_id).toEqual(idOf('res'))
    for (const [chunk_seq, chunk] of chunks.entries()) {
      const seq = Number(chunk.payload.seq)
      const more = chunk_seq < chunks.length - 1
      expect(chunk).toEqual(
        event('job.result_chunk', seq, seq, {
          result_id,
          chunk_seq,
          data: expect.any(String),
          encoding: 'utf8',
          more,
        }),
      )
    }
    const text = chunks.map(({ payload }) => payload.data).join('')
    expect(text).toMatch(/^# Report on `public`\n(.+\n|\n)+$/)
    expect(frames.at(-1)).toEqual(
      event('job.completed', frames.length, frames.length, {
        result_id,
        result_size: Buffer.byteLength(text),
        result_format: 'text',
        summary: expect.stringMatching(/^\d+ files, /),
      }),
    )
  })

  it('R-LIF-3 is cancelled: acknowledged first, then ended with the reason', async () => {
    await using wire = await talk()
    wire.ask('s', 'job.submit', { agent: 'count', input: { to: 10, delayMs: 60_000 } })
    const { job_id, trace_id, event } = await accepted(wire, 's', 'count@1.0.0')
    await wire.until('job.started')
    wire.ask('c', 'job.cancel', { job_id, reason: 'enough' }, { job_id })
    const about = { job_id, trace_id }
    expect(await wire.next()).toEqual(
      wire.message('job.cancel_accepted', { request_id: 'c', job_id, status: 'running' }, about),
    )
    expect(await wire.next()).toEqual(event('job.cancelled', 3, 3, { reason: 'enough' }))
    wire.ask('again', 'job.cancel', { job_id })
    expect(await wire.next()).toEqual(
      wire.message('job.cancel_accepted', { request_id: 'again', job_id, status: 'cancelled' }, about),
    )
  })

  it('fails with TIMEOUT when it runs longer than it may', async () => {
    await using wire = await talk()
    wire.ask('s', 'job.submit', {
      agent: 'count',
      input: { to: 1, delayMs: 60_000 },
      max_runtime_sec: 0.01,
    })
    const { event } = await accepted(wire, 's', 'count@1.0.0')
    const error = { code: 'TIMEOUT', message: expect.stringMatching(/0\.01 s/), retryable: false }
    expect((await wire.until('job.failed')).at(-1)).toEqual(event('job.failed', 3, 3, { error }))
  })

  it('that cannot be known of is neither cancelled nor told of', async () => {
    await using wire = await talk()
    wire.ask('c', 'job.cancel', { job_id: 'job_of_nobody' })
    expect(await wire.next()).toEqual(
      wire.message('session.error', {
        request_id: 'c',
        code: 'JOB_NOT_FOUND',
        message: expect.stringMatching(/./),
        retryable: false,
        details: { job_id: 'job_of_nobody' },
      }),
    )
  })

  it.each([
    ['an agent nobody has', { agent: 'nobody' }, 'AGENT_NOT_AVAILABLE', { agent: 'nobody' }],
    [
      'a version nobody has',
      { agent: 'echo@2.0.0' },
      'AGENT_VERSION_NOT_AVAILABLE',
      { agent: 'echo', version: '2.0.0', available: ['1.0.0'] },
    ],
    [
      'input that does not fit',
      { agent: 'count', input: { to: 'three' } },
      'INVALID_REQUEST',
      { issues: [{ path: 'input.to', message: expect.stringMatching(/./) }] },
    ],
    [
      'an agent that is no text',
      { agent: 7 },
      'INVALID_REQUEST',
      { issues: [{ path: 'payload.agent', message: expect.stringMatching(/./) }] },
    ],
    [
      'a lease that is not granted',
      { agent: 'echo', lease_request: { 'net.fetch': ['http://127.0.0.1/**'] } },
      'PERMISSION_DENIED',
      { namespace: 'net.fetch', pattern: 'http://127.0.0.1/**' },
    ],
    [
      'a lease of no namespace',
      { agent: 'echo', lease_request: { everything: ['*'] } },
      'INVALID_REQUEST',
      { issues: [{ path: expect.stringMatching(/^payload\.lease_request/), message: expect.any(String) }] },
    ],
  ])('is refused: %s', async (_, payload, code, details) => {
    await using wire = await talk()
    wire.ask('s', 'job.submit', payload)
    expect(await wire.next()).toEqual(
      wire.message('session.error', {
        request_id: 's',
        code,
        message: expect.stringMatching(/./),
        retryable: false,
        details,
      }),
    )
    wire.ask('after', 'job.submit', { agent: 'echo', input: 1 })
    await accepted(wire, 'after', 'echo@1.0.0')
  })
})
