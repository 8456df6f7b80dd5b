import { agent } from '@arcp/protocol'
import { gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { agentOf, echo, heldAgent } from '../testing/agents'
import { asBob, drive, eventOf, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'

/** An agent whose input is checked as long as the test likes; checking `bad` finds something. */
function slowAgent(name = 'slow') {
  const checked = gate()
  const begun = gate()
  let runs = 0
  const implementation = implement(
    agent({
      name,
      version: '1.0.0',
      input: {
        '~standard': {
          version: 1,
          vendor: 'test',
          async validate(value: unknown) {
            begun.open()
            await checked.promise
            return value === 'bad' ? { issues: [{ message: 'is bad', path: ['deep', 0] }] } : { value }
          },
        },
      },
    }),
    (input) => {
      runs++
      return input
    },
  )
  return { implementation, checked, begun: begun.promise, runs: () => runs }
}

describe('answers to submits', () => {
  it('come in the order of the requests, however long one takes; pings do not wait (R-LIF-12)', async () => {
    const slow = slowAgent()
    await using h = harness({ agents: [echo, slow.implementation] })
    const peer = await h.connect()
    const first = peer.request('job.submit', { agent: 'slow', input: 'a' })
    const second = peer.request('job.submit', { agent: 'echo', input: 'b' })
    const third = peer.request('job.submit', { agent: 'nobody' })
    const malformed = peer.request('job.submit', { agent: 1 })
    await slow.begun
    peer.request('session.ping', { nonce: 'meanwhile' })
    expect((await peer.next('session.pong')).payload.ping_nonce).toBe('meanwhile')
    expect(peer.frames.map(({ type }) => type)).toEqual(['session.welcome', 'session.pong'])
    slow.checked.open()
    await refusal(peer, malformed)
    const answers = peer.frames.filter(({ payload }) => payload.request_id !== undefined)
    expect(answers.map(({ type, payload }) => [type, payload.request_id])).toEqual([
      ['job.accepted', first],
      ['job.accepted', second],
      ['session.error', third],
      ['session.error', malformed],
    ])
    for (const { job_id } of answers.slice(0, 2)) await terminalOf(peer, job_id)
  })

  it('come before any event of their job, and other sessions do not wait for them (R-LIF-12)', async () => {
    const slow = slowAgent()
    await using h = harness({ agents: [echo, slow.implementation] })
    const [peer, other] = [await h.connect(), await h.connect()]
    peer.request('job.submit', { agent: 'slow' })
    peer.request('job.submit', { agent: 'echo', input: 1 })
    await slow.begun
    expect((await outcome(other, { agent: 'echo', input: 2 })).payload.result).toBe(2)
    slow.checked.open()
    const [a, b] = [await peer.next('job.accepted'), await peer.next('job.accepted')]
    for (const { job_id } of [a, b]) {
      await terminalOf(peer, job_id)
      const types = peer.frames.filter((frame) => frame.job_id === job_id).map(({ type }) => type)
      expect(types).toEqual(['job.accepted', 'job.queued', 'job.started', 'job.completed'])
    }
  })

  it('name the job, its agent, lease, trace and token', async () => {
    await using h = harness({ agents: [echo] })
    const peer = await h.connect()
    const lease = { 'tool.call': ['search', 'read-*'] }
    const trace_id = '0af7651916cd43dd8448eb211c80319c'
    const payload = { agent: 'echo@1.0.0', lease_request: lease, 'x-acme': 1 }
    const accepted = await submitted(peer, payload, { trace_id })
    expect(accepted).toMatchObject({ session_id: peer.sessionId, trace_id, job_id: accepted.payload.job_id })
    expect(accepted.payload).toEqual({
      request_id: expect.any(String),
      job_id: expect.stringMatching(/^job_[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
      agent: 'echo@1.0.0',
      lease,
      accepted_at: expect.stringMatching(/Z$/),
      trace_id,
      resume_token: expect.stringMatching(/^arj_/),
      first_seq: 1,
      log_epoch: expect.any(String),
    })
    const started = await eventOf(peer, accepted.job_id, 'job.started')
    expect(started).toMatchObject({ trace_id, event_seq: 2 })
    expect(started.payload.resume_token).toBe(accepted.payload.resume_token)
  })

  it('keep a parent that is a job of the same scope, and drop any other', async () => {
    await using h = harness({ agents: [echo] })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const { job_id: parent } = await submitted(ada, { agent: 'echo' })
    const answers = [
      await submitted(ada, { agent: 'echo', parent_job_id: parent }),
      await submitted(ada, { agent: 'echo', parent_job_id: 'job_unknown' }),
      await submitted(bob, { agent: 'echo', parent_job_id: parent }),
    ]
    expect(answers.map(({ payload }) => payload.parent_job_id)).toEqual([parent, undefined, undefined])
  })

  it('of same requests of two clients never cross (R-SEC-2)', async () => {
    const slow = slowAgent()
    await using h = harness({ agents: [echo, slow.implementation] })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const fields = { id: 'same', trace_id: '0af7651916cd43dd8448eb211c80319c' }
    ada.request('job.submit', { agent: 'slow', input: 'of ada' }, fields)
    bob.request('job.submit', { agent: 'slow', input: 'of bob' }, fields)
    await slow.begun
    slow.checked.open()
    const [ofAda, ofBob] = [await ada.next('job.accepted'), await bob.next('job.accepted')]
    expect(ofAda.job_id).not.toBe(ofBob.job_id)
    expect((await terminalOf(ada, ofAda.job_id)).payload.result).toBe('of ada')
    expect((await terminalOf(bob, ofBob.job_id)).payload.result).toBe('of bob')
    bob.request('job.cancel', { job_id: ofAda.job_id }, { id: 'same' })
    expect(await bob.next('session.error')).toMatchObject({
      payload: { request_id: 'same', code: 'JOB_NOT_FOUND' },
    })
    expect(ada.frames.every((frame) => frame.session_id === ada.sessionId)).toBe(true)
    expect(ada.frames.some((frame) => frame.job_id === ofBob.job_id)).toBe(false)
    expect(bob.frames.some((frame) => frame.job_id === ofAda.job_id && frame.type !== 'session.error')).toBe(
      false,
    )
  })
})

describe('a rejected submit', () => {
  it('fails alone (R-SUB-6) and leaves neither timers nor a job (R-LIF-5)', async () => {
    const clock = new TestClock()
    const slow = slowAgent()
    await using h = harness({ clock, agents: [slow.implementation], limits: { activeJobs: 1 } })
    const peer = await h.connect()
    const timers = clock.timers
    const id = peer.request('job.submit', { agent: 'slow', input: 'bad', max_runtime_sec: 60 })
    await slow.begun
    slow.checked.open()
    expect(await drive(clock, refusal(peer, id))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'input.deep[0]: is bad',
      details: { issues: [{ path: 'input.deep[0]', message: 'is bad' }] },
    })
    expect(clock.timers).toBe(timers)
    expect(slow.runs()).toBe(0)
    expect((await drive(clock, outcome(peer, { agent: 'slow', input: 'good' }))).type).toBe('job.completed')
  })
})

describe('limits', () => {
  it('pendingSubmits refuses the next submit while so many wait, and not the one after an answer', async () => {
    const slow = slowAgent()
    await using h = harness({ agents: [echo, slow.implementation], limits: { pendingSubmits: 2 } })
    const peer = await h.connect()
    const first = peer.request('job.submit', { agent: 'slow' })
    const second = peer.request('job.submit', { agent: 'echo', input: 2 })
    const third = peer.request('job.submit', { agent: 'echo', input: 3 })
    expect(await refusal(peer, third)).toMatchObject({
      code: 'INTERNAL_ERROR',
      retryable: true,
      details: { reason: 'pending_submits', limit: 2, retry_after_ms: expect.any(Number) },
    })
    const malformed = peer.request('job.submit', { agent: 1 })
    expect(await refusal(peer, malformed)).toMatchObject({ code: 'INVALID_REQUEST' })
    slow.checked.open()
    await peer.next(({ payload }) => payload.request_id === first)
    await peer.next(({ payload }) => payload.request_id === second)
    expect((await outcome(peer, { agent: 'echo', input: 4 })).payload.result).toBe(4)
  })

  it('R-SEC-6: pendingSubmitsPerPrincipal refuses the next of any of its sessions, and no other principal’s', async () => {
    const slow = slowAgent()
    const limits = { pendingSubmitsPerPrincipal: 2 }
    await using h = harness({ agents: [echo, slow.implementation], limits })
    const [one, other, bob] = [await h.connect(), await h.connect(), await h.connect(asBob)]
    const waiting = [one.request('job.submit', { agent: 'slow', input: 1 })]
    waiting.push(one.request('job.submit', { agent: 'echo', input: 2 }))
    await slow.begun
    expect(await refusal(other, other.request('job.submit', { agent: 'echo' }))).toMatchObject({
      code: 'INTERNAL_ERROR',
      retryable: true,
      details: { reason: 'pending_submits_per_principal', limit: 2, retry_after_ms: 1_000 },
    })
    expect((await outcome(bob, { agent: 'echo', input: 3 })).payload.result).toBe(3)
    slow.checked.open()
    for (const id of waiting) await one.next(({ payload }) => payload.request_id === id)
    expect((await outcome(other, { agent: 'echo', input: 4 })).payload.result).toBe(4)
  })

  it.each([
    ['pendingSubmitSize', 'pending_submit_size'],
    ['pendingSubmitSizePerPrincipal', 'pending_submit_size_per_principal'],
  ])(
    'R-SEC-6: %s refuses a submit that would hold more, until others have been answered',
    async (limit, reason) => {
      const slow = slowAgent()
      await using h = harness({ agents: [echo, slow.implementation], limits: { [limit]: 1_000 } })
      const [ada, bob] = [await h.connect(), await h.connect(asBob)]
      const large = { agent: 'echo', input: 'i'.repeat(600) }
      const waiting = ada.request('job.submit', { agent: 'slow', input: 'i'.repeat(400) })
      await slow.begun
      expect(await refusal(ada, ada.request('job.submit', large))).toMatchObject({
        code: 'INTERNAL_ERROR',
        retryable: true,
        details: { reason, limit: 1_000, retry_after_ms: 1_000 },
      })
      const ofBob = bob.request('job.submit', large)
      if (limit === 'pendingSubmitSize')
        expect(await refusal(bob, ofBob)).toMatchObject({ details: { reason } })
      else await bob.next(({ payload }) => payload.request_id === ofBob)
      slow.checked.open()
      await ada.next(({ payload }) => payload.request_id === waiting)
      expect((await outcome(ada, large)).payload.result).toBe(large.input)
      expect(
        await refusal(ada, ada.request('job.submit', { agent: 'echo', input: 'i'.repeat(1_000) })),
      ).toMatchObject({
        details: { reason },
      })
    },
  )

  it('activeJobs refuses the next submit of anybody, and takes it when one has ended (R-SUB-9, R-MEM-3)', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [echo, held.implementation], limits: { activeJobs: 1 } })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const { job_id } = await submitted(ada, { agent: 'held' })
    for (const peer of [ada, bob]) {
      const id = peer.request('job.submit', { agent: 'echo' })
      expect(await refusal(peer, id)).toMatchObject({
        code: 'INTERNAL_ERROR',
        retryable: true,
        details: { reason: 'active_jobs', limit: 1 },
      })
    }
    held.gate.open('done')
    await terminalOf(ada, job_id)
    for (let i = 0; i < 5; i++)
      expect((await outcome(bob, { agent: 'echo', input: i })).payload.result).toBe(i)
  })

  it('activeJobs counts the earlier of two concurrent submits, not the later', async () => {
    const slow = slowAgent()
    await using h = harness({ agents: [echo, slow.implementation], limits: { activeJobs: 1 } })
    const peer = await h.connect()
    const first = peer.request('job.submit', { agent: 'slow', input: 1 })
    const second = peer.request('job.submit', { agent: 'slow', input: 2 })
    await slow.begun
    slow.checked.open()
    const accepted = await peer.next(({ payload }) => payload.request_id === first)
    expect(accepted.type).toBe('job.accepted')
    expect(await refusal(peer, second)).toMatchObject({ details: { reason: 'active_jobs' } })
  })

  it('keep every ended job until its owner has been sent the end, however many end at once', async () => {
    await using h = harness({ agents: [echo], limits: { endedJobs: 1 } })
    const peer = await h.connect()
    const ids = Array.from({ length: 300 }, (_, input) =>
      peer.request('job.submit', { agent: 'echo', input }),
    )
    for (const [input, id] of ids.entries()) {
      const { job_id } = await peer.next(({ payload }) => payload.request_id === id)
      expect((await terminalOf(peer, job_id)).payload.result).toBe(input)
    }
  })
})

describe('a session that ends while a submit waits', () => {
  it('lets the job run on with nobody to wait for (R-LIF-16)', async () => {
    const slow = slowAgent()
    const emitted = gate()
    const chatty = agentOf('chatty', async (_, ctx) => {
      for (let current = 0; current < 100; current++) await ctx.progress({ current })
      emitted.open()
    })
    await using h = harness({ agents: [chatty, slow.implementation], limits: { logEvents: 10 } })
    const peer = await h.connect()
    peer.request('job.submit', { agent: 'slow' })
    await slow.begun
    peer.request('job.submit', { agent: 'chatty' })
    peer.request('session.close', {})
    await peer.closed
    slow.checked.open()
    await emitted.promise
  })
})
