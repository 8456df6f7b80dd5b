import { gate, type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo, heldAgent } from '../testing/agents'
import {
  asBob,
  drive,
  eventOf,
  type Harness,
  harness,
  outcome,
  refusal,
  submitted,
  terminalOf,
} from '../testing/harness'
import { storeThat } from '../testing/store-that'

/** An echo that counts its runs. */
function counted() {
  let runs = 0
  const implementation = agentOf('counted', (input) => {
    runs++
    return input
  })
  return { implementation, runs: () => runs }
}

const request = { agent: 'counted', input: { a: 1, b: [{ c: 2, d: 3 }] }, idempotency_key: 'k1' }

async function refused(peer: ScriptedPeer, payload: object) {
  return refusal(peer, peer.request('job.submit', payload))
}

describe('a submit with a key that was used before', () => {
  it('gets the same answer (R-SUB-1), no second run (R-SUB-2), and the events from the start', async () => {
    const { implementation, runs } = counted()
    await using h = harness({ agents: [implementation] })
    const peer = await h.connect()
    const first = await submitted(peer, request)
    await terminalOf(peer, first.job_id)
    const again = await submitted(peer, request)
    const { request_id: _, ...answer } = first.payload
    expect(again.payload).toEqual({ ...answer, request_id: expect.any(String), resumed: true })
    expect(again.payload.request_id).not.toBe(first.payload.request_id)
    expect((await terminalOf(peer, first.job_id)).payload).toMatchObject({ seq: 3, result: request.input })
    const seqs = peer.frames.filter((f) => f.event_seq !== undefined).map(({ payload }) => payload.seq)
    expect(seqs).toEqual([1, 2, 3, 1, 2, 3])
    expect(runs()).toBe(1)
  })

  it.each([
    ['keys in another order', { input: { b: [{ d: 3, c: 2 }], a: 1 } }],
    ['extensions', { 'x-acme': 1 }],
    ['defaults said in full', { lease_request: {}, lease_constraints: {} }],
    ['a parent', { parent_job_id: 'job_other' }],
  ])('R-SUB-3, R-SUB-8: is no conflict where it differs in %s', async (_, changes) => {
    const { implementation, runs } = counted()
    await using h = harness({ agents: [implementation] })
    const peer = await h.connect()
    const first = await submitted(peer, request)
    const trace_id = '0af7651916cd43dd8448eb211c80319c'
    const again = await submitted(peer, { ...request, ...changes }, { trace_id })
    expect(again.payload).toMatchObject({ job_id: first.job_id, trace_id: first.trace_id, resumed: true })
    expect(runs()).toBe(1)
  })

  it.each([
    ['input', { input: { a: 1, b: [{ c: 2, d: 4 }] } }],
    ['no input', { input: undefined }],
    ['agent', { agent: 'counted@1.0.0' }],
    ['lease', { lease_request: { 'tool.call': ['a'] } }],
    ['time', { max_runtime_sec: 60 }],
  ])('is DUPLICATE_KEY where it asks for another %s', async (_, changes) => {
    const { implementation, runs } = counted()
    await using h = harness({ agents: [implementation] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, request)
    expect(await refused(peer, { ...request, ...changes })).toMatchObject({
      code: 'DUPLICATE_KEY',
      retryable: false,
      details: { existing_job_id: job_id },
    })
    expect(runs()).toBe(1)
  })

  it('of another principal is another key', async () => {
    const { implementation, runs } = counted()
    await using h = harness({ agents: [implementation] })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const first = await submitted(ada, request)
    const second = await submitted(bob, { ...request, input: 'else' })
    expect(second.job_id).not.toBe(first.job_id)
    expect(runs()).toBe(2)
  })

  it('moves the job to the session that asked last, and tells the one before', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const [former, next] = [await h.connect(), await h.connect()]
    const keyed = { agent: 'held', idempotency_key: 'k' }
    const { job_id } = await submitted(former, keyed)
    await submitted(next, keyed)
    expect((await eventOf(former, job_id, 'job.status')).payload.phase).toBe('owner_changed')
    expect(await refusal(former, former.request('job.cancel', { job_id }))).toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    held.gate.open('shared')
    for (const peer of [former, next]) {
      expect((await terminalOf(peer, job_id)).payload.result).toBe('shared')
    }
  })
})

describe('concurrent submits with one key', () => {
  it('make one job (R-SUB-5)', async () => {
    const { implementation, runs } = counted()
    await using h = harness({ agents: [implementation] })
    const peers = await Promise.all(Array.from({ length: 5 }, () => h.connect()))
    const answers = await Promise.all(peers.map((peer) => submitted(peer, request)))
    expect(new Set(answers.map(({ job_id }) => job_id)).size).toBe(1)
    expect(runs()).toBe(1)
    await Promise.all(peers.map((peer, i) => terminalOf(peer, answers[i]?.job_id)))
  })

  it('are admitted afresh, one of them, when the first is refused (R-SUB-4)', async () => {
    const { implementation, runs } = counted()
    const written = gate()
    let failures = 1
    const store = storeThat((inner) => ({
      async createJob(record) {
        if (failures-- > 0) await written.promise
        await inner.createJob(record)
      },
    }))
    await using h = harness({ agents: [implementation], store })
    const [first, ...others] = [await h.connect(), await h.connect(), await h.connect()]
    const id = first.request('job.submit', request)
    const waiting = others.map((peer) => submitted(peer, request))
    written.fail(new Error('disk full'))
    expect(await refusal(first, id)).toMatchObject({ code: 'INTERNAL_ERROR' })
    const answers = await Promise.all(waiting)
    expect(new Set(answers.map(({ job_id }) => job_id)).size).toBe(1)
    expect(runs()).toBe(1)
  })

  it('free the key for another request, too, when the first is refused (R-SUB-4)', async () => {
    const { implementation, runs } = counted()
    const written = gate()
    let failures = 1
    const store = storeThat((inner) => ({
      async createJob(record) {
        if (failures-- > 0) await written.promise
        await inner.createJob(record)
      },
    }))
    await using h = harness({ agents: [implementation], store })
    const [first, second] = [await h.connect(), await h.connect()]
    const id = first.request('job.submit', request)
    const waiting = submitted(second, { ...request, input: 'else' })
    written.fail(new Error('disk full'))
    expect(await refusal(first, id)).toMatchObject({ code: 'INTERNAL_ERROR' })
    const { job_id } = await waiting
    expect((await terminalOf(second, job_id)).payload.result).toBe('else')
    expect(runs()).toBe(1)
  })
})

describe('a key', () => {
  it('is free again after a submit that was refused (R-SUB-4)', async () => {
    const { implementation } = counted()
    await using h = harness({ agents: [implementation, echo] })
    const peer = await h.connect()
    expect(await refused(peer, { ...request, agent: 'nobody' })).toMatchObject({
      code: 'AGENT_NOT_AVAILABLE',
    })
    expect((await outcome(peer, { ...request, agent: 'echo', input: 'other' })).payload.result).toBe('other')
  })

  it('outlives the log of its job, whose end is told again without a second run (R-SUB-1, R-SUB-2)', async () => {
    const { implementation, runs } = counted()
    await using h = harness({ agents: [implementation, echo], limits: { endedJobs: 1 } })
    const peer = await h.connect()
    const first = await submitted(peer, request)
    await terminalOf(peer, first.job_id)
    for (let i = 0; i < 3; i++) await outcome(peer, { agent: 'echo' })
    const other = await h.connect()
    const again = await submitted(other, request)
    const { request_id: _, ...answer } = first.payload
    expect(again.payload).toEqual({
      ...answer,
      request_id: expect.any(String),
      resumed: true,
      first_seq: 3,
    })
    expect((await terminalOf(other, first.job_id)).payload).toMatchObject({ seq: 3, result: request.input })
    expect(await refused(other, { ...request, input: 'else' })).toMatchObject({
      code: 'DUPLICATE_KEY',
      details: { existing_job_id: first.job_id },
    })
    expect(runs()).toBe(1)
  })

  it('goes with its job, both not before the key’s time', async () => {
    const clock = new TestClock()
    const { implementation, runs } = counted()
    const deleted: string[] = []
    const store = storeThat((inner) => ({
      async deleteJob(jobId) {
        deleted.push(jobId)
        await inner.deleteJob(jobId)
      },
    }))
    const limits = { endedJobMs: 1_000, idempotencyKeyMs: 5_000 }
    await using h = harness({ clock, store, agents: [implementation], limits })
    const peer = await h.connect()
    const { job_id } = await drive(clock, outcome(peer, request))
    const passed = clock.monotonic()
    await clock.elapse(4_999 - passed)
    expect((await drive(clock, submitted(peer, request))).job_id).toBe(job_id)
    expect(deleted).toEqual([])
    await clock.elapse(1)
    expect(deleted).toEqual([job_id])
    const again = await drive(clock, submitted(peer, request))
    expect(again.job_id).not.toBe(job_id)
    expect(again.payload).not.toHaveProperty('resumed')
    await drive(clock, terminalOf(peer, again.job_id))
    expect(runs()).toBe(2)
  })

  it('is kept longer than its time where its job is', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    await using h = harness({ clock, agents: [held.implementation], limits: { idempotencyKeyMs: 1 } })
    const peer = await h.connect()
    const keyed = { agent: 'held', idempotency_key: 'k' }
    const { job_id } = await drive(clock, submitted(peer, keyed))
    await clock.elapse(10_000)
    expect((await drive(clock, submitted(peer, keyed))).job_id).toBe(job_id)
    held.gate.open('done')
    await drive(clock, terminalOf(peer, job_id))
    expect((await drive(clock, submitted(peer, keyed))).job_id).toBe(job_id)
  })

  it.each(['', 'k'.repeat(257), 5])('has 1 to 256 characters: not %.10s', async (idempotency_key) => {
    await using h: Harness = harness({ agents: [echo] })
    const peer = await h.connect()
    expect(await refused(peer, { agent: 'echo', idempotency_key })).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { issues: [{ path: 'payload.idempotency_key' }] },
    })
  })

  it.each(['__proto__', 'constructor', '","', '\ud800'])('may be any text: %j', async (idempotency_key) => {
    await using h = harness({ agents: [echo] })
    const peer = await h.connect()
    const first = await submitted(peer, { agent: 'echo', idempotency_key })
    expect((await submitted(peer, { agent: 'echo', idempotency_key })).job_id).toBe(first.job_id)
  })
})

describe('the bounds of keys', () => {
  const keyed = (key: string) => ({ agent: 'echo', input: key, idempotency_key: key })
  const full = (reason: string, limit: number) => ({
    code: 'INTERNAL_ERROR',
    retryable: true,
    details: { reason, limit, retry_after_ms: 60_000 },
  })

  it('R-SEC-6: refuse a new key, of one principal and altogether, and never forget an older one', async () => {
    const limits = { keyedJobs: 3, keyedJobsPerPrincipal: 2, endedJobs: 1 }
    await using h = harness({ agents: [echo], limits })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const first = await outcome(ada, keyed('a'))
    await outcome(ada, keyed('b'))
    expect(await refused(ada, keyed('c'))).toMatchObject(full('keyed_jobs_per_principal', 2))
    await outcome(bob, keyed('c'))
    expect(await refused(bob, keyed('d'))).toMatchObject(full('keyed_jobs', 3))
    expect((await submitted(ada, keyed('a'))).job_id).toBe(first.job_id)
    expect((await outcome(ada, { agent: 'echo', input: 'no key' })).payload.result).toBe('no key')
  })

  it('take one again when an older one has had its time, and count no submit that was refused', async () => {
    const clock = new TestClock()
    const limits = { keyedJobs: 1, endedJobMs: 1_000, idempotencyKeyMs: 2_000 }
    await using h = harness({ clock, agents: [echo], limits })
    const peer = await h.connect()
    for (let i = 0; i < 3; i++) {
      expect(await drive(clock, refused(peer, { ...keyed(`${i}`), agent: 'nobody' }))).toMatchObject({
        code: 'AGENT_NOT_AVAILABLE',
      })
    }
    await drive(clock, outcome(peer, keyed('a')))
    expect(await drive(clock, refused(peer, keyed('b')))).toMatchObject(full('keyed_jobs', 1))
    await clock.elapse(2_000)
    expect((await drive(clock, outcome(peer, keyed('b')))).payload.result).toBe('b')
  })

  it.each([
    ['keyed_size_per_principal', { keyedSizePerPrincipal: 300 }],
    ['keyed_size', { keyedSize: 300 }],
  ] as const)(
    'R-SEC-6: refuse a new key when what is kept for others is too large: %s',
    async (reason, limits) => {
      await using h = harness({ agents: [echo], limits: { ...limits, endedJobs: 1 } })
      const [ada, bob] = [await h.connect(), await h.connect(asBob)]
      await outcome(ada, { ...keyed('a'), input: 'x'.repeat(300) })
      await outcome(ada, keyed('b'))
      expect(await refused(ada, keyed('c'))).toMatchObject(full(reason, 300))
      const id = bob.request('job.submit', keyed('c'))
      const { type } = await bob.next(({ payload }) => payload.request_id === id)
      expect(type).toBe(reason === 'keyed_size' ? 'session.error' : 'job.accepted')
      expect((await outcome(ada, { agent: 'echo', input: 'no key' })).payload.result).toBe('no key')
    },
  )
})

describe('a session that ends while its keyed submit waits for another’s', () => {
  it('takes the job from nobody', async () => {
    const held = heldAgent()
    const writing = gate()
    const written = gate()
    const store = storeThat((inner) => ({
      async createJob(record) {
        writing.open()
        await written.promise
        await inner.createJob(record)
      },
    }))
    await using h = harness({ agents: [held.implementation], store })
    const [owner, leaving] = [await h.connect(), await h.connect()]
    const keyed = { agent: 'held', idempotency_key: 'k' }
    const id = owner.request('job.submit', keyed)
    await writing.promise
    leaving.request('job.submit', keyed)
    leaving.request('session.close', {})
    await leaving.closed
    written.open()
    const { job_id } = await owner.next(({ payload }) => payload.request_id === id)
    owner.request('job.cancel', { job_id })
    expect((await owner.next('job.cancel_accepted')).job_id).toBe(job_id)
    held.gate.open('late')
    expect((await terminalOf(owner, job_id)).type).toBe('job.cancelled')
  })
})
