import { describe, expect, it } from 'vitest'
import { clientRules } from '../client-rules'
import { frame } from '../testing/client-frames'
import {
  accept,
  draftWelcome,
  logged,
  nativeHello,
  reach,
  resumeHello,
  runningJob,
  submit,
} from '../testing/runtime-frames'

const GONE = 'RESUME_WINDOW_EXPIRED'
const list = (id: string) => frame('session.list_jobs', {}, { id })
const error = (code: string) => frame('session.error', { code, message: 'no', retryable: false })
const subscribe = (id: string, job_id: string) =>
  frame('job.subscribe', { job_id, after_seq: 0 }, { id, job_id })

describe('a dialer for runtimes of the draft', () => {
  it('remembers sessions up to its limit, and refuses to resume the oldest beyond it', async () => {
    const reached = reach(clientRules, 'go', { sessions: 2 })
    const welcomed = (id: string) => reached.greet(nativeHello(), draftWelcome('go', {}, id))
    for (const id of ['sess_1', 'sess_2']) await welcomed(id)
    const resumed = await reached.dial(resumeHello(0))
    resumed.say(draftWelcome('go'))
    expect(resumed.told).toMatchObject([{ type: 'session.welcome' }])

    await welcomed('sess_3')
    const forgotten = await reached.dial(resumeHello(0))
    forgotten.say(draftWelcome('go'))
    expect(forgotten.told).toMatchObject([{ type: 'session.error', payload: { code: GONE } }])
    expect(forgotten.ended).toBe(true)
  })

  it('lets so many requests wait for their answers, and refuses one more', async () => {
    const connection = await reach(clientRules, 'go', { unansweredRequests: 2 }).greet()
    await connection.ask(list('l1'), list('l2'), list('l3'))
    expect(connection.heard.map(({ id }) => id)).toEqual(['l1', 'l2'])
    const details = { reason: 'unanswered_requests', limit: 2 }
    expect(connection.told).toMatchObject([
      { payload: { request_id: 'l3', code: 'INTERNAL_ERROR', details } },
    ])
    connection.say(frame('session.jobs', { request_id: 'l1', jobs: [] }))
    await connection.ask(list('l4'))
    expect(connection.heard.map(({ id }) => id)).toEqual(['l1', 'l2', 'l4'])
  })

  it('takes a request for open for so long only', async () => {
    const reached = reach(clientRules, 'csharp', { answerMs: 1_000 })
    const connection = await reached.greet()
    await connection.ask(submit('s1'))
    reached.clock.advance(999)
    await connection.ask(submit('s2'))
    expect(connection.heard.map(({ id }) => id)).toEqual(['s1'])
    reached.clock.advance(1)
    await connection.ask(submit('s3'))
    connection.say(accept('job_2'))
    expect(connection.told).toMatchObject([{ payload: { request_id: 's2' } }])
    expect(connection.heard.map(({ id }) => id)).toEqual(['s1', 's2', 's3'])
  })

  it('takes a submit that waits for its turn for open from when it is sent', async () => {
    const reached = reach(clientRules, 'csharp', { answerMs: 1_000 })
    const connection = await reached.greet()
    await connection.ask(submit('s1'), submit('s2'))
    reached.clock.advance(1_000)
    await connection.ask(submit('s3'))
    expect(connection.heard.map(({ id }) => id)).toEqual(['s1', 's2'])
    connection.say(accept('job_2'), accept('job_3'))
    expect(connection.told.map(({ job_id, payload }) => [job_id, payload.request_id])).toEqual([
      ['job_2', 's2'],
      ['job_3', 's3'],
    ])
  })

  it('counts submits that wait for their turn among those that are not answered', async () => {
    const connection = await reach(clientRules, 'csharp', { unansweredRequests: 2 }).greet()
    await connection.ask(submit('s1'), submit('s2'), submit('s3'))
    expect(connection.told).toMatchObject([{ payload: { request_id: 's3', code: 'INTERNAL_ERROR' } }])
  })

  it('follows so many jobs, and gives up the oldest for one more', async () => {
    const connection = await reach(clientRules, 'go', { followedJobs: 2 }).greet()
    await connection.ask(submit('s1'), submit('s2'), submit('s3'))
    for (const n of [1, 2]) connection.say(accept(`job_${n}`, { request_id: `s${n}` }))
    connection.clear()
    connection.say(accept('job_3', { request_id: 's3' }))
    expect(connection.told).toMatchObject([
      { type: 'job.accepted', job_id: 'job_3' },
      { type: 'job.unsubscribed', job_id: 'job_1', payload: { reason: 'events_lost' } },
    ])
    connection.clear()
    connection.say(logged('job_2', 1))
    expect(connection.told).toMatchObject([{ job_id: 'job_2', payload: { seq: 1 } }])
  })

  it('remembers as many jobs of lost sessions', async () => {
    const reached = reach(clientRules, 'python', { followedJobs: 1 })
    for (const n of [1, 2]) {
      const welcome = draftWelcome('python', {}, `sess_${n}`)
      const connection = await reached.greet(nativeHello(), welcome)
      await connection.ask(submit(`s${n}`))
      connection.say(accept(`job_${n}`, { request_id: `s${n}` }))
      const resume = { session_id: `sess_${n}`, resume_token: 't', last_event_seq: 0 }
      const refused = await reached.dial(nativeHello({ resume }))
      refused.say(error('PERMISSION_DENIED'))
    }
    const next = await reached.greet(nativeHello(), draftWelcome('python', {}, 'sess_3'))
    await next.ask(subscribe('u2', 'job_2'), subscribe('u1', 'job_1'))
    expect(next.told).toMatchObject([{ payload: { request_id: 'u2', code: GONE } }])
    expect(next.heard.map(({ id }) => id)).toEqual(['u1'])
  })

  it('remembers the numbers of so many frames, and refuses to resume after an earlier one', async () => {
    const reached = reach(clientRules, 'go', { unacknowledgedEvents: 2 })
    const connection = await runningJob(reached)
    connection.say(logged('job_1', 1), logged('job_1', 2), logged('job_1', 3))
    const kept = await reached.dial(resumeHello(2))
    expect(kept.heard[0]?.payload).toMatchObject({ last_event_seq: 2 })
    kept.say(draftWelcome('go'), logged('job_1', 3), logged('job_1', 4))

    const gone = await reached.dial(resumeHello(1))
    expect(gone.heard).toEqual([])
    expect(gone.told).toMatchObject([{ type: 'session.error', payload: { code: GONE } }])
  })

  it('keeps so many events until the answer to their subscription, and refuses that beyond', async () => {
    const connection = await reach(clientRules, 'python', { heldEvents: 2 }).greet()
    await connection.ask(subscribe('u1', 'job_1'))
    connection.say(logged('job_1', 1), logged('job_1', 2))
    expect(connection.told).toEqual([])
    connection.say(logged('job_1', 3))
    const details = { reason: 'held_events', limit: 2 }
    expect(connection.told).toMatchObject([
      { payload: { request_id: 'u1', code: 'INTERNAL_ERROR', details } },
    ])
    expect(connection.heard.at(-1)).toMatchObject({ type: 'job.unsubscribe', job_id: 'job_1' })
  })

  it('keeps so much of them, and refuses a subscription whose history is more', async () => {
    const size = JSON.stringify(logged('job_1', 1)).length
    const connection = await reach(clientRules, 'python', { heldSize: 2 * size }).greet()
    await connection.ask(subscribe('u1', 'job_1'), subscribe('u2', 'job_2'))
    connection.say(logged('job_1', 1), logged('job_1', 2), logged('job_2', 1))
    expect(connection.told).toEqual([])
    connection.say(logged('job_1', 3))
    const details = { reason: 'held_events', limit: 2 * size }
    expect(connection.told).toMatchObject([
      { payload: { request_id: 'u1', code: 'INTERNAL_ERROR', details } },
    ])
  })

  it('keeps nothing of a history whose subscription is refused, or never answered', async () => {
    const reached = reach(clientRules, 'typescript', { answerMs: 1_000 })
    const connection = await reached.greet()
    const history = async (id: string, event_seq: number) => {
      connection.clear()
      await connection.ask(subscribe(id, 'job_1'))
      connection.say(logged('job_1', event_seq, id))
    }
    await history('u1', 1)
    connection.say({ ...error('PERMISSION_DENIED'), job_id: 'job_1' })
    await history('u2', 2)
    reached.clock.advance(1_000)
    await history('u3', 3)
    connection.say(frame('job.subscribed', { request_id: 'u3' }, { job_id: 'job_1' }))
    expect(connection.told.map(({ type, payload }) => [type, payload.message])).toEqual([
      ['job.subscribed', undefined],
      ['job.log', 'u3'],
    ])
  })

  it('ends a job of another session whose history is more than may wait for its answer', async () => {
    const connection = await reach(clientRules, 'python', { heldEvents: 1 }).greet()
    await connection.ask(submit('s1', { idempotency_key: 'k' }))
    connection.say(accept('job_1', { request_id: 's1' }, { session_id: 'sess_0' }))
    connection.say(logged('job_1', 1), logged('job_1', 2))
    expect(connection.told.map(({ type }) => type)).toEqual(['job.accepted', 'job.unsubscribed'])
    expect(connection.heard.at(-1)).toMatchObject({ type: 'job.unsubscribe', job_id: 'job_1' })
  })

  it('ends one that cannot be asked for, beside as many requests as may wait', async () => {
    const connection = await reach(clientRules, 'python', { unansweredRequests: 1 }).greet()
    await connection.ask(submit('s1', { idempotency_key: 'k' }))
    connection.say(accept('job_1', { request_id: 's1' }, { session_id: 'sess_0' }))
    connection.say(frame('session.pong', { ping_nonce: connection.heard.at(-1)?.payload.nonce }))
    expect(connection.told.map(({ type }) => type)).toEqual(['job.accepted', 'job.unsubscribed'])
  })

  it('remembers when the leases of so many keys end', async () => {
    const reached = reach(clientRules, 'go', { keyedExpiries: 2 })
    const connection = await reached.greet()
    const said = async (idempotency_key: string) => {
      connection.clear()
      await connection.ask(submit('s', { idempotency_key, lease_constraints: { expires_in_s: 10 } }))
      connection.say(accept('job', { request_id: 's' }))
      return connection.heard[0]?.payload.lease_constraints
    }
    const [first, second] = [await said('a'), await said('b')]
    expect(second).toEqual(first)
    reached.clock.advance(1_000)
    expect([await said('a'), await said('b')]).toEqual([first, second])
    const third = await said('c')
    expect(third).not.toEqual(first)
    expect([await said('b'), await said('a')]).toEqual([second, third])
  })
})
