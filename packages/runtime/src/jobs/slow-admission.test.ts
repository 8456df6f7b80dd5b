import { agent } from '@arcp/protocol'
import type { JobRecord, Store } from '@arcp/protocol/store'
import { gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { echo } from '../testing/agents'
import { drive, harness, outcome, refusal } from '../testing/harness'
import { storeThat } from '../testing/store-that'
import { expectNoUnhandled } from '../testing/unhandled'

expectNoUnhandled()

/** An agent whose input is never done being checked. */
const endless = implement(
  agent({
    name: 'endless',
    version: '1.0.0',
    input: { '~standard': { version: 1, vendor: 'test', validate: () => new Promise<never>(() => {}) } },
  }),
  () => 'never',
)

const tooLate = {
  code: 'INTERNAL_ERROR',
  retryable: true,
  details: { reason: 'admission', limit: 10_000, retry_after_ms: 1_000 },
}

/** A store that writes down the first job only when told to. */
function slowStore() {
  const written = gate()
  const records: JobRecord[] = []
  let inner!: Store
  const store = storeThat((own) => {
    inner = own
    return {
      async createJob(record) {
        records.push(record)
        if (records.length === 1) await written.promise
        await own.createJob(record)
      },
    }
  })
  return { store, written, records, inner: () => inner }
}

describe('an input that is never done being checked', () => {
  it('is refused in the end, and what came after it is answered (R-LIF-12)', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [endless, echo] })
    const peer = await h.connect()
    const timers = clock.timers
    const slow = peer.request('job.submit', { agent: 'endless' })
    const next = peer.request('job.submit', { agent: 'echo', input: 'next' })
    await clock.elapse(9_999)
    expect(peer.frames.some(({ payload }) => payload.request_id !== undefined)).toBe(false)
    await clock.elapse(1)
    expect(await refusal(peer, slow)).toMatchObject(tooLate)
    const { job_id } = await peer.next(({ payload }) => payload.request_id === next)
    expect(peer.frames.at(-1)).toMatchObject({ job_id, payload: { result: 'next' } })
    expect(clock.timers, 'one to sweep ended jobs').toBe(timers + 1)
  })

  it('frees its key, and holds up nobody who waits for that longer than its own time', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [endless, echo] })
    const peers = [await h.connect(), await h.connect(), await h.connect()]
    const ids = peers.map((peer) => peer.request('job.submit', { agent: 'endless', idempotency_key: 'k' }))
    await clock.elapse(10_000)
    for (const [index, peer] of peers.entries())
      expect(await refusal(peer, ids[index] ?? '')).toMatchObject(tooLate)
    const keyed = { agent: 'echo', input: 'mine', idempotency_key: 'k' }
    expect((await drive(clock, outcome(peers[0] as never, keyed))).payload.result).toBe('mine')
  })
})

describe('a store that never writes a job down', () => {
  it('has it refused; its turn and key are free for others', async () => {
    const clock = new TestClock()
    const { store } = slowStore()
    await using h = harness({ clock, store, agents: [echo], limits: { runningJobs: 1 } })
    const peer = await h.connect()
    const keyed = { agent: 'echo', input: 1, idempotency_key: 'k' }
    const id = peer.request('job.submit', keyed)
    await clock.elapse(10_000)
    expect(await refusal(peer, id)).toMatchObject(tooLate)
    expect((await drive(clock, outcome(peer, keyed))).payload.result).toBe(1)
  })
})

describe('what goes on although its submit was refused', () => {
  it('counts as an active job until it is done, so that no more of it comes together than of those', async () => {
    const clock = new TestClock()
    const { store, written } = slowStore()
    await using h = harness({ clock, store, agents: [echo], limits: { activeJobsPerPrincipal: 1 } })
    const peer = await h.connect()
    const id = peer.request('job.submit', { agent: 'echo' })
    await clock.elapse(10_000)
    expect(await refusal(peer, id)).toMatchObject(tooLate)
    const next = peer.request('job.submit', { agent: 'echo' })
    expect(await drive(clock, refusal(peer, next))).toMatchObject({
      details: { reason: 'active_jobs_per_principal', limit: 1 },
    })
    written.open()
    await clock.settle()
    for (let input = 1; input < 4; input++)
      expect((await drive(clock, outcome(peer, { agent: 'echo', input }))).payload.result).toBe(input)
  })
})

describe('a job whose record turns up after its submit was refused', () => {
  it('ends as runtime_lost, belongs to nobody, and is never started', async () => {
    const clock = new TestClock()
    const { store, written, records, inner } = slowStore()
    let runs = 0
    const counted = implement(agent({ name: 'counted', version: '1.0.0' }), () => ++runs)
    await using h = harness({ clock, store, agents: [counted] })
    const peer = await h.connect()
    const id = peer.request('job.submit', { agent: 'counted' })
    await clock.elapse(10_000)
    await refusal(peer, id)
    written.open()
    await clock.settle()
    const [record] = records
    const job_id = record?.jobId ?? ''
    const asked = peer.request('job.subscribe', { job_id, after_seq: 0 })
    await clock.settle()
    const subscribed = await peer.next(({ payload }) => payload.request_id === asked)
    expect(subscribed.payload).toMatchObject({ status: 'failed', error_code: 'INTERNAL_ERROR', last_seq: 2 })
    expect(peer.frames.at(-1)).toMatchObject({
      type: 'job.failed',
      payload: { error: { code: 'INTERNAL_ERROR', retryable: true, details: { reason: 'runtime_lost' } } },
    })
    expect(await refusal(peer, peer.request('job.cancel', { job_id }))).toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    expect(await inner().getJob(job_id)).toMatchObject({ state: 'failed', errorCode: 'INTERNAL_ERROR' })
    expect(runs).toBe(0)
    expect((await drive(clock, outcome(peer, { agent: 'counted' }))).payload.result).toBe(1)
  })
})

describe('the record of a job', () => {
  it('says when it started and how it ended, one after the other, however slow its store is', async () => {
    const begun: object[] = []
    const first = gate()
    const last = gate()
    const store = storeThat(() => ({
      async updateJob(_job, _epoch, change) {
        begun.push(change)
        if (begun.length === 1) await first.promise
        else last.open()
      },
    }))
    await using h = harness({ store, agents: [echo] })
    const peer = await h.connect()
    await outcome(peer, { agent: 'echo' })
    const started = { state: 'running', startedAt: expect.any(Number) }
    expect(begun).toEqual([started])
    first.open()
    await last.promise
    expect(begun).toEqual([started, { ...started, state: 'completed', endedAt: expect.any(Number) }])
  })
})
