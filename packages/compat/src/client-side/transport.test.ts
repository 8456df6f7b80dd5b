import type { Dialer, TransportHandler } from '@arcp/protocol/transport'
import { seededRandom, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { clientRules } from '../client-rules'
import { resolveOptions } from '../options'
import { frame, welcome } from '../testing/client-frames'
import {
  accept,
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
import { clientSide } from './dialer'

/** What cannot be made a text of. */
const NO_TEXT = { toString: 1, valueOf: 1 }

const TOO_DEEP: unknown = JSON.parse('['.repeat(256) + ']'.repeat(256))

const native = { ...welcome, payload: { ...welcome.payload, max_frame_bytes: 1_000_000 } }

describe('a runtime of the native form', () => {
  it('is heard and told as if nothing stood between, texts and all', async () => {
    const sent: string[][] = []
    let runtime!: TransportHandler
    const inner: Dialer = {
      open: async () => ({
        start: (handler) => {
          runtime = handler
        },
        send: (frames) => void sent.push([...frames]),
        close() {},
        bufferedBytes: 7,
      }),
    }
    const common = { limits: resolveOptions({}), clock: new TestClock(), random: seededRandom(1) }
    const dialer = clientSide(inner, { rules: clientRules, ...common })
    const transport = await dialer.open(new AbortController().signal)
    const told: unknown[] = []
    const handler: TransportHandler = {
      frame: (text) => told.push(text),
      close: (info) => told.push(info),
      drain: () => told.push('drain'),
    }
    transport.start(handler)
    transport.send([JSON.stringify(nativeHello())])
    const texts = [JSON.stringify(native), ' {"any": "text"}', 'not even JSON']
    for (const text of texts) runtime.frame(text)
    const answers = [' {"type": "job.submit"}', 'nothing']
    transport.send(answers)
    runtime.drain()
    runtime.close({ code: 1000, reason: '' })
    expect(told).toEqual([...texts, 'drain', { code: 1000, reason: '' }])
    expect(sent[1]).toEqual(answers)
    expect(transport.bufferedBytes).toBe(7)
  })

  it('is reached by whatever the dialer says carries the frames', () => {
    const common = { limits: resolveOptions({}), clock: new TestClock(), random: seededRandom(1) }
    const open = () => Promise.reject(new Error('not reached'))
    const over = (inner: Dialer) => clientSide(inner, { rules: clientRules, ...common })
    expect(over({ transport: 'stdio', open }).transport).toBe('stdio')
    expect(over({ open })).not.toHaveProperty('transport')
  })

  it('is resumed with the hello as it is', async () => {
    const { heard } = await reach(clientRules, 'draft').dial(resumeHello(3))
    expect(heard).toEqual([resumeHello(3)])
  })

  it('is known by its limit where no feature was asked for', async () => {
    const hello = nativeHello({ capabilities: { encodings: ['json'] } })
    const connection = await reach(clientRules, 'draft').dial(hello)
    expect(connection.heard).toEqual([hello])
    const answer = { ...native, payload: { ...native.payload, capabilities: { features: [], agents: [] } } }
    connection.say(answer)
    expect(connection.told).toEqual([answer])
  })
})

describe('a runtime of the draft', () => {
  it('refuses a hello in its own words', async () => {
    const connection = await reach(clientRules, 'go').dial()
    const refusal = frame('session.error', { code: 'UNAUTHENTICATED', message: 'no', retryable: false })
    connection.say(refusal)
    expect(connection.told).toEqual([refusal])
  })

  it('that goes before it has welcomed anybody says so at once, to who resumes as well', async () => {
    const bye = frame('session.bye', { reason: 'maintenance' })
    const closed = [{ type: 'session.closed', payload: { reason: 'shutdown', resume: false } }]
    const reached = reach(clientRules, 'go')
    const first = await reached.dial()
    first.say(bye)
    expect(first.told).toMatchObject(closed)
    const forgotten = await reached.dial(resumeHello(0))
    forgotten.say(bye)
    expect(forgotten.told).toMatchObject(closed)
    await reached.greet()
    const resumed = await reached.dial(resumeHello(0))
    resumed.say(bye)
    expect(resumed.told).toMatchObject(closed)
  })

  it('refuses a session that is not remembered here as it refuses any other', async () => {
    const { session_id: _, job_id: __, ...refusal } = failed('', 'UNAUTHENTICATED')
    const connection = await reach(clientRules, 'java').dial(resumeHello(0))
    connection.say(refusal)
    expect(connection.told).toMatchObject([{ type: 'session.error', payload: { code: 'UNAUTHENTICATED' } }])
  })

  it('may say before its welcome what nobody knows: that is for the client to pass over', async () => {
    const connection = await reach(clientRules, 'go').dial()
    const before = [frame('session.motd', { text: 'hi' }), frame('job.event', { kind: 'log' })]
    connection.say(...before, draftWelcome('go'))
    expect(connection.told.slice(0, 2)).toEqual(before)
    expect(connection.told[2]).toMatchObject({ type: 'session.welcome' })
  })

  it('keeps a token that is refused with another code than a session that is gone', async () => {
    const reached = reach(clientRules, 'go')
    await reached.greet()
    const again = await reached.dial(resumeHello(0))
    again.say(frame('session.error', { code: 'UNAUTHENTICATED', message: 'no', retryable: false }))
    expect(again.told).toMatchObject([{ payload: { code: 'UNAUTHENTICATED' } }])
  })

  it('has nothing more to say over a transport that another one has taken the place of', async () => {
    const reached = reach(clientRules, 'go')
    const first = await runningJob(reached)
    const second = await reached.greet(resumeHello(0))
    first.say(logged('job_1', 1, 'late'))
    second.say(logged('job_1', 1, 'in time'))
    expect(first.told).toEqual([])
    expect(second.told).toMatchObject([{ event_seq: 1, payload: { seq: 1, message: 'in time' } }])
  })

  it('welcomes once: what it says of another session later is believed by nobody', async () => {
    const connection = await reach(clientRules, 'python').greet()
    connection.say(draftWelcome('python', { max_frame_bytes: 1_000 }, 'sess_9'))
    expect(connection.told).toEqual([])
    await connection.ask(submit('s1', { resume_token: 'arj_1' }), submit('s2', { input: 'x'.repeat(2_000) }))
    expect(connection.told).toMatchObject([{ session_id: 'sess_1', payload: { request_id: 's1' } }])
    expect(connection.heard.map(({ id }) => id)).toEqual(['s2'])
  })

  it('may call things what no frame can: no job comes of that', async () => {
    const connection = await reach(clientRules, 'go').greet()
    await connection.ask(submit('s1'))
    connection.say(frame('job.accepted', { request_id: 's1', job_id: 'j'.repeat(257) }))
    expect(connection.told[0]).not.toHaveProperty('job_id')
  })

  it('has fields of its users’ own left alone, whatever their names', async () => {
    const connection = await runningJob(reach(clientRules, 'go'))
    const body = JSON.parse('{"constructor":1,"__proto__":2,"toString":3,"seq":9,"ts":"then","name":"grep"}')
    connection.say(frame('job.event', { kind: 'tool_call', ts: 't', body }, { job_id: 'job_1' }))
    const { name: _, ...own } = body
    expect(JSON.stringify(connection.told[0]?.payload)).toBe(
      JSON.stringify({ ...own, seq: 1, ts: 't', tool: 'grep' }),
    )
    // Nor does what follows no job get a place in one.
    connection.say(frame('job.event', { kind: 'note', ts: 't', body }, { job_id: 'job_2' }))
    expect(connection.told[1]?.payload).not.toHaveProperty('seq')
  })

  it('may say what is no frame: the client sees to that', async () => {
    const connection = await reach(clientRules, 'go').greet()
    connection.say({ type: 'nothing' } as never)
    expect(connection.told).toEqual([{ type: 'nothing' }])
  })

  it('may tell of amounts that are none: they are told as they came', async () => {
    const connection = await reach(clientRules, 'go').greet()
    await connection.ask(submit('s1'))
    const budget = { USD: NO_TEXT, EUR: [], CHF: 'lots', GBP: '5' }
    connection.say(accept('job_1', { request_id: 's1', budget }))
    expect(connection.told).toMatchObject([{ payload: { budget } }])
  })

  it('loses the job of which it tells what nests too deep, and no other', async () => {
    const connection = await runningJob(reach(clientRules, 'python'))
    await connection.ask(submit('s2'))
    connection.say(accept('job_2', { request_id: 's2' }))
    connection.clear()
    connection.say(ended('job_1', 1, { result: TOO_DEEP }), logged('job_2', 2))
    expect(connection.told).toMatchObject([
      { type: 'session.pong', event_seq: 1 },
      { type: 'job.unsubscribed', job_id: 'job_1', payload: { reason: 'events_lost' } },
      { type: 'job.log', job_id: 'job_2', event_seq: 2, payload: { seq: 1 } },
    ])
  })

  it('fails the request whose answer nests too deep', async () => {
    const connection = await reach(clientRules, 'go').greet()
    await connection.ask(frame('session.list_jobs', {}, { id: 'l1' }))
    connection.say(frame('session.jobs', { request_id: 'l1', jobs: TOO_DEEP }))
    expect(connection.told).toMatchObject([
      { type: 'session.pong' },
      { type: 'session.error', payload: { request_id: 'l1', code: 'INTERNAL_ERROR' } },
    ])
  })

  it.each(['python', 'typescript', 'go', 'java', 'csharp', 'draft'] as const)(
    'harms nothing with frames of any form (%s)',
    async (dialect) => {
      const connection = await runningJob(reach(clientRules, dialect))
      const odd = [null, 1, 'x', [], [null], {}, { a: null }, NO_TEXT, { USD: NO_TEXT }]
      const fields = [
        'job_id',
        'request_id',
        'jobs',
        'budget',
        'details',
        'lease',
        'kind',
        'body',
        'capabilities',
        'code',
      ]
      const kinds = ['welcome', 'error', 'jobs', 'pong', 'bye', 'closed'].map((type) => `session.${type}`)
      const about = ['accepted', 'subscribed', 'cancelled', 'event', 'result', 'error'].map(
        (type) => `job.${type}`,
      )
      for (const type of [...kinds, ...about]) {
        for (const value of odd) {
          const payload = Object.fromEntries(fields.map((field) => [field, value]))
          expect(() =>
            connection.say(frame(type, payload), frame(type, payload, { job_id: 'job_1' })),
          ).not.toThrow()
        }
      }
      connection.say(draftWelcome(dialect))
    },
  )
})
