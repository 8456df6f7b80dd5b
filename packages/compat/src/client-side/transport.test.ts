import type { Dialer, TransportHandler } from '@arcp/protocol/transport'
import { seededRandom, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { clientRules } from '../client-rules'
import { resolveOptions } from '../options'
import { frame, welcome } from '../testing/client-frames'
import { draftWelcome, logged, nativeHello, reach, resumeHello, runningJob } from '../testing/runtime-frames'
import { clientSide } from './dialer'

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

  it('may say what is no frame: the client sees to that', async () => {
    const connection = await reach(clientRules, 'go').greet()
    connection.say({ type: 'nothing' } as never)
    expect(connection.told).toEqual([{ type: 'nothing' }])
  })

  it.each(['python', 'typescript', 'go', 'java', 'csharp', 'draft'] as const)(
    'harms nothing with frames of any form (%s)',
    async (dialect) => {
      const connection = await runningJob(reach(clientRules, dialect))
      const odd = [null, 1, 'x', [], [null], {}, { a: null }]
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
