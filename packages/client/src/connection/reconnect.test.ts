import { ConnectionError, ResumeWindowExpiredError, type SessionWelcome, TimeoutError } from '@arcp/protocol'
import { type Dialer, memoryDialer } from '@arcp/protocol/transport'
import { collect, type RawFrame, scriptedPeer, seededRandom, TestClock, testAcceptor } from '@arcp/testkit'
import { describe, expect, it, vi } from 'vitest'
import { connect } from '../connect'
import type { ConnectOptions } from '../options'
import { type RuntimeSide, runtimeSide, welcome } from '../testing/conversation'

/** A client that comes back, and the runtime's side of each of its connections. */
async function comingBack(options: Partial<ConnectOptions> = {}, fields: Partial<SessionWelcome> = {}) {
  const acceptor = testAcceptor()
  const clock = new TestClock()
  const refusals: unknown[] = []
  const inner = memoryDialer(acceptor)
  const dialer: Dialer = {
    async open(signal) {
      if (refusals.length > 0) throw refusals.shift()
      return inner.open(signal)
    },
  }
  const connecting = connect(dialer, { token: 'test-token', clock, random: seededRandom(3), ...options })
  const next = async (): Promise<{ side: RuntimeSide; hello: RawFrame }> => {
    const side = runtimeSide(scriptedPeer((await acceptor.next()).transport))
    return { side, hello: await side.peer.next('session.hello') }
  }
  const { side } = await next()
  side.say('session.welcome', welcome(fields))
  const client = await connecting
  await side.peer.next('session.ack')
  /** Lets the client find its way back: the runtime's side, and the hello it was greeted with. */
  const back = async () => {
    let arrived = false
    const returning = next().finally(() => {
      arrived = true
    })
    for (await clock.settle(); !arrived; await clock.settle()) clock.advance(100)
    return returning
  }
  return {
    client,
    clock,
    side,
    next,
    back,
    refusals,
    async [Symbol.asyncDispose]() {
      const closing = client.close()
      await clock.settle()
      clock.advance(60_000)
      await clock.settle()
      await closing
    },
  }
}

async function submitted({ client, side }: Awaited<ReturnType<typeof comingBack>>, id = 'job_1') {
  const submitting = client.submit('echo', null)
  side.accept(await side.peer.next('job.submit'), id)
  return submitting
}

describe('a client whose connection broke', () => {
  it('takes its session up where it stood, and misses nothing (R-NUM-3)', async () => {
    await using talk = await comingBack()
    const job = await submitted(talk)
    const reading = collect(job.events())
    talk.side.event('job_1', 'job.queued', 1)
    talk.side.event('job_1', 'job.started', 2)
    await talk.clock.settle()
    const states: string[] = []
    talk.client.onStateChange((state) => states.push(state))
    await talk.side.peer.close(1006)
    const { side, hello } = await talk.back()
    expect(hello.payload.resume).toEqual({
      session_id: 'ses_test',
      resume_token: 'ars_secret',
      last_event_seq: 2,
      cursors: { job_1: { seq: 2, log_epoch: 'e1' } },
    })
    side.say('session.welcome', welcome({ resume_token: 'ars_second' }))
    expect(await side.peer.next()).toMatchObject({ type: 'session.ack', payload: { last_processed_seq: 2 } })
    side.say('job.completed', { seq: 3, ts: '', result: 'done' }, { job_id: 'job_1', event_seq: 3 })
    expect(await job.result()).toBe('done')
    expect((await reading).map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(states).toEqual(['reconnecting', 'connected'])
  })

  it('has what is left of a job that it has had nothing of yet', async () => {
    await using talk = await comingBack()
    const job = await submitted(talk)
    const reading = collect(job.events())
    await talk.side.peer.close(1006)
    const { side, hello } = await talk.back()
    expect(hello.payload.resume).toMatchObject({ cursors: { job_1: { seq: 0 } } })
    side.say('session.welcome', welcome())
    side.event('job_1', 'job.log', 17)
    side.event('job_1', 'job.completed', 18)
    expect((await reading).map(({ seq }) => seq)).toEqual([17, 18])
  })

  it('sends submits that were never answered again, unchanged and first (R-NUM-15)', async () => {
    await using talk = await comingBack()
    const job = await submitted(talk)
    const cancelling = job.cancel()
    const submitting = talk.client.submit('echo', 'again')
    const cancel = await talk.side.peer.next('job.cancel')
    const first = await talk.side.peer.next('job.submit')
    await talk.side.peer.close(1006)
    const { side } = await talk.back()
    const late = talk.client.submit('echo', 'while away')
    side.say('session.welcome', welcome())
    await side.peer.next('session.ack')
    expect(await side.peer.next()).toEqual(first)
    expect(await side.peer.next()).toEqual(cancel)
    const second = await side.peer.next('job.submit')
    expect(second.payload.input).toBe('while away')
    side.accept(first, 'job_2')
    side.say('job.cancel_accepted', { request_id: cancel.id, job_id: 'job_1', status: 'running' })
    side.accept(second, 'job_3')
    expect((await submitting).id).toBe('job_2')
    expect(await cancelling).toBe('running')
    expect((await late).id).toBe('job_3')
  })

  it('counts against an answer no time in which there is no connection', async () => {
    await using talk = await comingBack({ limits: { answerTimeoutMs: 1_000 } })
    const submitting = talk.client.submit('echo', null)
    await talk.side.peer.next('job.submit')
    await talk.side.peer.close(1006)
    const { side } = await talk.back()
    talk.clock.advance(3_000)
    side.say('session.welcome', welcome())
    await side.peer.next('session.ack')
    const again = await side.peer.next('job.submit')
    talk.clock.advance(999)
    side.accept(again, 'job_1')
    expect((await submitting).id).toBe('job_1')
  })

  it('begins anew where the session is gone, and takes its jobs up by their tokens', async () => {
    await using talk = await comingBack()
    const kept = await submitted(talk, 'job_1')
    const gone = await submitted(talk, 'job_2')
    talk.side.event('job_1', 'job.queued', 1)
    await talk.clock.settle()
    const plain = talk.client.submit('echo', 'plain')
    const keyed = talk.client.submit('echo', 'keyed', { idempotencyKey: 'k' })
    plain.catch(() => {})
    await talk.side.peer.next('job.submit')
    await talk.side.peer.close(1006)
    const refused = await talk.back()
    refused.side.say('session.error', {
      request_id: refused.hello.id,
      code: 'RESUME_WINDOW_EXPIRED',
      message: 'gone',
    })
    const { side, hello } = await talk.back()
    expect(hello.payload).not.toHaveProperty('resume')
    side.say('session.welcome', welcome())
    await side.peer.next('session.ack')
    const [first, second] = [await side.peer.next('job.submit'), await side.peer.next('job.submit')]
    expect(first.payload).toEqual({
      resume_token: 'arj_job_1',
      after_seq: 1,
      log_epoch: 'e1',
      from_session: 'ses_test',
    })
    side.accept(first, 'job_1', { resumed: true, resume_token: 'arj_new' })
    side.say('session.error', { request_id: second.id, code: 'RESUME_WINDOW_EXPIRED', message: 'too old' })
    await expect(gone.result()).rejects.toThrow(ResumeWindowExpiredError)
    await expect(plain).rejects.toThrow('no answer to job.submit: the session was lost')
    const again = await side.peer.next('job.submit')
    expect(again.payload).toMatchObject({ input: 'keyed', idempotency_key: 'k' })
    side.accept(again, 'job_3')
    expect((await keyed).id).toBe('job_3')
    side.say('job.completed', { seq: 2, ts: '', result: 1 }, { job_id: 'job_1', event_seq: 1 })
    expect(await kept.result()).toBe(1)
    expect(kept.resumeToken).toBe('arj_new')
  })

  it('has what is left of a job that it has had nothing of yet, also in a new session', async () => {
    await using talk = await comingBack()
    const job = await submitted(talk)
    await talk.side.peer.close(1006)
    const { side: old, hello } = await talk.back()
    old.say('session.error', { request_id: hello.id, code: 'RESUME_WINDOW_EXPIRED', message: 'gone' })
    const { side } = await talk.back()
    side.say('session.welcome', welcome())
    side.accept(await side.peer.next('job.submit'), 'job_1', { resumed: true, first_seq: 17 })
    side.event('job_1', 'job.completed', 17, { result: 'done' })
    expect(await job.result()).toBe('done')
  })

  it('follows a job anew from its own place where it was given no token, and no epoch of the log', async () => {
    await using talk = await comingBack()
    const submitting = talk.client.submit('echo', null)
    const none = { resume_token: undefined, first_seq: undefined, log_epoch: undefined }
    talk.side.accept(await talk.side.peer.next('job.submit'), 'job_1', none)
    const job = await submitting
    const reading = collect(job.events())
    talk.side.event('job_1', 'job.log', 1, { level: 'info', message: 'the first' })
    await talk.clock.settle()
    await talk.side.peer.close(1006)
    const refused = await talk.back()
    expect(refused.hello.payload.resume).toMatchObject({ cursors: {} })
    refused.side.say('session.error', { code: 'RESUME_WINDOW_EXPIRED', message: 'gone' })
    const { side } = await talk.back()
    side.say('session.welcome', welcome())
    const again = await side.peer.next('job.subscribe')
    expect(again.payload).toEqual({ job_id: 'job_1', after_seq: 1 })
    const facts = { job_id: 'job_1', status: 'running', agent: 'echo@1.0.0', lease: {}, parent_job_id: null }
    const answer = { request_id: again.id, ...facts, trace_id: 'a'.repeat(32), last_seq: 0 }
    side.say('job.subscribed', answer, { job_id: 'job_1' })
    side.event('job_1', 'job.log', 1, { level: 'info', message: 'the first' })
    side.event('job_1', 'job.completed', 2, { result: 'done' })
    expect(await job.result()).toBe('done')
    expect((await reading).map(({ seq }) => seq)).toEqual([1, 2])
  })

  it('does not come back to a session another one has taken over (R-NUM-16)', async () => {
    await using talk = await comingBack()
    const job = await submitted(talk)
    const result = job.result()
    talk.side.say('session.closed', { reason: 'taken_over', resume: false })
    await expect(result).rejects.toThrow('taken_over')
    expect(talk.client.state).toBe('closed')
  })

  it('asks for a fresh token each time', async () => {
    const token = vi.fn(async () => `token ${token.mock.calls.length}`)
    await using talk = await comingBack({ token })
    talk.side.say('session.closed', { reason: 'token_expired', resume: true })
    const { hello } = await talk.back()
    expect(hello.payload).toMatchObject({ auth: { token: 'token 2' }, resume: { session_id: 'ses_test' } })
  })

  it('waits no longer than it seeks its runtime, whatever the runtime asks for', async () => {
    await using talk = await comingBack({ limits: { reconnectForMs: 20_000 } })
    talk.side.say('session.closed', { reason: 'shutdown', resume: true, retry_after_ms: 10 ** 12 })
    talk.refusals.push(new ConnectionError('nobody there'))
    await talk.clock.settle()
    talk.clock.advance(19_999)
    await talk.clock.settle()
    expect([talk.client.state, talk.refusals.length]).toEqual(['reconnecting', 1])
    talk.clock.advance(1)
    await talk.clock.settle()
    expect([talk.client.state, talk.refusals.length]).toEqual(['closed', 0])
  })

  it('waits as long as the runtime asks for, and begins anew where it says so', async () => {
    await using talk = await comingBack()
    talk.side.say('session.closed', { reason: 'shutdown', resume: false, retry_after_ms: 7_000 })
    let dialled = false
    const next = talk.next().then((found) => {
      dialled = true
      return found
    })
    await talk.clock.settle()
    talk.clock.advance(6_999)
    await talk.clock.settle()
    expect(dialled).toBe(false)
    talk.clock.advance(1)
    await talk.clock.settle()
    expect((await next).hello.payload).not.toHaveProperty('resume')
  })

  it('gives up after its time, and everything that waits settles', async () => {
    await using talk = await comingBack({ limits: { reconnectForMs: 20_000 } })
    const job = await submitted(talk)
    const result = job.result()
    result.catch(() => {})
    for (let i = 0; i < 1_000; i++) talk.refusals.push(new ConnectionError('nobody there'))
    await talk.side.peer.close(1006)
    const waiting = talk.client.submit('echo', 1)
    waiting.catch(() => {})
    for (let i = 0; i < 120 && talk.client.state !== 'closed'; i++) {
      await talk.clock.settle()
      talk.clock.advance(1_000)
    }
    expect(talk.client.state).toBe('closed')
    await expect(result).rejects.toThrow('nobody there')
    await expect(waiting).rejects.toThrow(ConnectionError)
    expect(talk.clock.timers).toBe(0)
  })

  it('stops looking when it is closed', async () => {
    await using talk = await comingBack()
    talk.refusals.push(new ConnectionError('nobody there'))
    await talk.side.peer.close(1006)
    await talk.clock.settle()
    expect(talk.client.state).toBe('reconnecting')
    await talk.client.close()
    expect(talk.client.state).toBe('closed')
    expect(talk.clock.timers).toBe(0)
  })

  it('resumes on a gap in event_seq (R-NUM-6)', async () => {
    await using talk = await comingBack()
    await submitted(talk)
    talk.side.say('job.queued', { seq: 1, ts: '' }, { job_id: 'job_1', event_seq: 2 })
    const { hello } = await talk.back()
    expect(hello.payload.resume).toMatchObject({ last_event_seq: 0, cursors: { job_1: { seq: 0 } } })
  })

  it('loses only the job whose events the runtime no longer has', async () => {
    await using talk = await comingBack()
    const lost = await submitted(talk, 'job_1')
    const kept = await submitted(talk, 'job_2')
    talk.side.say(
      'job.unsubscribed',
      { job_id: 'job_1', reason: 'events_lost', first_seq: 9 },
      { job_id: 'job_1' },
    )
    await expect(lost.result()).rejects.toMatchObject({
      code: 'RESUME_WINDOW_EXPIRED',
      details: { first_seq: 9 },
    })
    talk.side.event('job_2', 'job.completed', 1, { result: 2 })
    expect(await kept.result()).toBe(2)
  })
})

describe('a runtime that falls silent', () => {
  const beating = {
    heartbeat_interval_sec: 10,
    capabilities: { encodings: ['json'], features: ['typed_events', 'heartbeat'], agents: [] },
  }

  it('is pinged, and left for another connection when it says nothing for two intervals', async () => {
    const acceptor = testAcceptor()
    const clock = new TestClock()
    const connecting = connect(memoryDialer(acceptor), { token: 't', clock, random: seededRandom(4) })
    const side = runtimeSide(scriptedPeer((await acceptor.next()).transport))
    await side.peer.next('session.hello')
    side.say('session.welcome', welcome(beating))
    const client = await connecting
    await clock.settle()
    clock.advance(10_000)
    await clock.settle()
    expect(await side.peer.next('session.ping')).toMatchObject({ payload: { nonce: 'ping_1' } })
    side.say('session.pong', { ping_nonce: 'ping_1', received_at: '' })
    await clock.settle()
    clock.advance(10_000)
    await clock.settle()
    clock.advance(10_000)
    await clock.settle()
    expect(client.state).toBe('reconnecting')
    await client.close()
    await clock.settle()
    expect(clock.timers).toBe(0)
  })
})

describe('what goes wrong on the way back', () => {
  it('is a token function that rejects with nothing: the next attempt comes all the same', async () => {
    let asked = 0
    const token = async () => {
      asked++
      if (asked === 2) throw undefined
      return 'token'
    }
    await using talk = await comingBack({ token })
    await talk.side.peer.close(1006)
    const { hello } = await talk.back()
    expect(asked).toBe(3)
    expect(hello.payload.resume).toMatchObject({ session_id: 'ses_test' })
  })

  it('is a token function that says it is of no use to ask again: the client ends with that', async () => {
    let asked = 0
    const token = async () => {
      asked++
      if (asked === 2) throw new TimeoutError('nobody to ask')
      return 'token'
    }
    await using talk = await comingBack({ token })
    const result = (await submitted(talk)).result()
    await talk.side.peer.close(1006)
    await talk.clock.settle()
    talk.clock.advance(0)
    await expect(result).rejects.toThrow('nobody to ask')
    expect([talk.client.state, asked]).toEqual(['closed', 2])
  })

  it('is a token function that may do better another time: the session is kept for that', async () => {
    let asked = 0
    const token = async () => {
      asked++
      if (asked === 2) throw new TimeoutError('busy', { retryable: true })
      return 'token'
    }
    await using talk = await comingBack({ token })
    await talk.side.peer.close(1006)
    const { hello } = await talk.back()
    expect(asked).toBe(3)
    expect(hello.payload.resume).toMatchObject({ session_id: 'ses_test' })
  })

  it('is more jobs than may be asked for at once: the others wait their turn', async () => {
    await using talk = await comingBack({ limits: { unansweredSubmits: 2 } })
    const jobs = []
    for (let i = 1; i <= 5; i++) jobs.push(await submitted(talk, `job_${i}`))
    talk.side.say('session.closed', { reason: 'session_limit', resume: false })
    const { side } = await talk.back()
    side.say('session.welcome', welcome())
    for (let i = 1; i <= 5; i++) {
      const again = await side.peer.next('job.submit')
      expect(again.payload.resume_token).toBe(`arj_job_${i}`)
      side.accept(again, `job_${i}`, { resumed: true })
      side.say('job.completed', { seq: 1, ts: '', result: i }, { job_id: `job_${i}`, event_seq: i })
    }
    expect(await Promise.all(jobs.map((job) => job.result()))).toEqual([1, 2, 3, 4, 5])
  })
})

describe('a second handle of a job', () => {
  it('takes nothing from the first, which stands further back', async () => {
    await using talk = await comingBack()
    const first = await submitted(talk)
    const reading = collect(first.events())
    talk.side.event('job_1', 'job.queued', 1)
    await talk.clock.settle()
    const subscribing = talk.client.subscribe('job_1')
    const asked = await talk.side.peer.next('job.subscribe')
    expect(asked.payload).toEqual({ job_id: 'job_1', after_seq: 1 })
    const facts = { job_id: 'job_1', status: 'running', agent: 'echo@1.0.0', lease: {}, parent_job_id: null }
    const numbers = { trace_id: 'a'.repeat(32), first_seq: 1, last_seq: 3, log_epoch: 'e1' }
    talk.side.say('job.subscribed', { request_id: asked.id, ...facts, ...numbers }, { job_id: 'job_1' })
    const second = await subscribing
    const watching = collect(second.events())
    talk.side.event('job_1', 'job.started', 2)
    talk.side.event('job_1', 'job.progress', 3, { current: 1 })
    talk.side.event('job_1', 'job.completed', 4, { result: 1 })
    expect((await reading).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect((await watching).map(({ seq }) => seq)).toEqual([4])
  })
})

describe('a job whose reader is behind when the connection breaks', () => {
  const features = ['ack', 'subscribe', 'typed_events']
  const agreed = { capabilities: { encodings: ['json'] as ['json'], features, agents: [] } }

  /** A client with one job, of which four events wait and a fifth was under way; the runtime is asked to hold it. */
  async function behind() {
    const talk = await comingBack({ limits: { unreadEvents: 4 } }, agreed)
    const job = await submitted(talk)
    const iterator = job.events()
    for (let seq = 1; seq <= 5; seq++) talk.side.event('job_1', 'job.progress', seq, { current: seq })
    const hold = await talk.side.peer.next('job.unsubscribe')
    const read = async (count: number) => {
      const seqs = []
      for (let n = 0; n < count; n++) seqs.push((await iterator.next()).value?.seq)
      return seqs
    }
    return { ...talk, job, iterator, hold, read }
  }

  const event = (side: RuntimeSide, seq: number, eventSeq: number) =>
    side.say('job.progress', { seq, ts: '', current: seq }, { job_id: 'job_1', event_seq: eventSeq })

  const subscribed = (side: RuntimeSide, id: string) => {
    const facts = { job_id: 'job_1', status: 'running', agent: 'echo@1.0.0', lease: {}, parent_job_id: null }
    const numbers = { trace_id: 'a'.repeat(32), first_seq: 1, last_seq: 9, log_epoch: 'e1' }
    side.say('job.subscribed', { request_id: id, ...facts, ...numbers }, { job_id: 'job_1' })
  }

  it('is followed from its place, and held anew when more comes', async () => {
    await using talk = await behind()
    talk.side.say('job.unsubscribed', { request_id: talk.hold.id, job_id: 'job_1' }, { job_id: 'job_1' })
    await talk.clock.settle()
    await talk.side.peer.close(1006)
    const { side, hello } = await talk.back()
    expect(hello.payload.resume).toMatchObject({ cursors: { job_1: { seq: 5 } } })
    side.say('session.welcome', welcome(agreed))
    event(side, 6, 6)
    expect((await side.peer.next('job.unsubscribe')).payload).toEqual({ job_id: 'job_1', hold: true })
    expect(await talk.read(4)).toEqual([1, 2, 3, 4])
    const again = await side.peer.next('job.subscribe')
    expect(again.payload).toMatchObject({ after_seq: 6 })
    subscribed(side, again.id)
    event(side, 7, 7)
    expect(await talk.read(3)).toEqual([5, 6, 7])
  })

  it('is asked for again in order, though neither request had been answered', async () => {
    await using talk = await behind()
    await talk.side.peer.close(1006)
    const { side } = await talk.back()
    expect(await talk.read(3)).toEqual([1, 2, 3])
    side.say('session.welcome', welcome(agreed))
    expect((await side.peer.next('job.unsubscribe')).id).toBe(talk.hold.id)
    const again = await side.peer.next('job.subscribe')
    expect(again.payload).toMatchObject({ after_seq: 5 })
    subscribed(side, again.id)
    event(side, 6, 6)
    expect(await talk.read(3)).toEqual([4, 5, 6])
  })

  it('is taken up by its token where the session is gone, and goes on', async () => {
    await using talk = await behind()
    talk.side.say('session.closed', { reason: 'session_limit', resume: false })
    const { side, hello } = await talk.back()
    expect(hello.payload).not.toHaveProperty('resume')
    side.say('session.welcome', welcome(agreed))
    const again = await side.peer.next('job.submit')
    expect(again.payload).toMatchObject({ resume_token: 'arj_job_1', after_seq: 5 })
    side.accept(again, 'job_1', { resumed: true })
    expect(await talk.read(3)).toEqual([1, 2, 3])
    event(side, 6, 1)
    expect(await talk.read(3)).toEqual([4, 5, 6])
  })
})
