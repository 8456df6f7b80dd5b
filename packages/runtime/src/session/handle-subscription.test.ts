import { agent } from '@arcp/protocol'
import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { agentOf, heldAgent } from '../testing/agents'
import { asBob, drive, harness, refusal, submitted } from '../testing/harness'
import { acknowledging } from '../testing/hello'

/** Counts one step each time it is told to, until it is told to end. */
function stepper() {
  const orders: string[] = []
  let tell = () => {}
  const order = (text: string) => {
    orders.push(text)
    tell()
  }
  const implementation = implement(agent({ name: 'step', version: '1.0.0' }), async (_, ctx) => {
    for (let current = 1; ; current++) {
      while (orders.length === 0) {
        await new Promise<void>((resolve) => {
          tell = resolve
        })
      }
      if (orders.shift() === 'end') return 'done'
      await ctx.progress({ current })
    }
  })
  return { implementation, step: () => order('step'), end: () => order('end') }
}

const broken = implement(agent({ name: 'broken', version: '1.0.0' }), () => 1n)

describe('job.subscribe', () => {
  it('tells the job as it stands, then all that is held, then what comes (R-OBS-3, R-LIF-7)', async () => {
    const { implementation, step, end } = stepper()
    await using h = harness({ agents: [implementation] })
    const owner = await h.connect()
    owner.request('job.submit', { agent: 'step' })
    const accepted = await owner.next('job.accepted')
    step()
    await owner.next('job.progress')
    const watcher = await h.connect()
    const id = watcher.request('job.subscribe', { job_id: accepted.job_id, after_seq: 0 })
    expect((await watcher.next('job.subscribed')).payload).toEqual({
      request_id: id,
      job_id: accepted.job_id,
      status: 'running',
      agent: 'step@1.0.0',
      lease: {},
      parent_job_id: null,
      trace_id: accepted.trace_id,
      first_seq: 1,
      last_seq: 3,
      log_epoch: accepted.payload.log_epoch,
    })
    step()
    end()
    expect((await watcher.next('job.completed')).payload).toMatchObject({ seq: 5, result: 'done' })
    const seqs = watcher.frames.map(({ payload }) => payload.seq).filter((seq) => seq !== undefined)
    expect(seqs).toEqual([1, 2, 3, 4, 5])
    expect(JSON.stringify(watcher.frames)).not.toContain('arj_')
  })

  it('without a number follows only what comes; twice is harmless (R-OBS-6)', async () => {
    const { implementation, step, end } = stepper()
    await using h = harness({ agents: [implementation] })
    const owner = await h.connect()
    owner.request('job.submit', { agent: 'step' })
    const { job_id } = await owner.next('job.accepted')
    step()
    await owner.next('job.progress')
    const watcher = await h.connect()
    for (let i = 0; i < 2; i++) {
      watcher.request('job.subscribe', { job_id })
      await watcher.next('job.subscribed')
    }
    end()
    await watcher.next('job.completed')
    const seqs = watcher.frames.map(({ payload }) => payload.seq).filter((seq) => seq !== undefined)
    expect(seqs).toEqual([4])
  })

  it('to an ended job gives what is held and ends, its terminal at least (R-OBS-8)', async () => {
    const { implementation, end } = stepper()
    await using h = harness({ agents: [implementation] })
    const peer = await h.connect()
    peer.request('job.submit', { agent: 'step' })
    const { job_id } = await peer.next('job.accepted')
    end()
    await peer.next('job.completed')
    const seqsAfter = async (payload: object) => {
      const watcher = await h.connect()
      watcher.request('job.subscribe', { job_id, ...payload })
      await watcher.next('job.completed')
      return watcher.frames.map((frame) => frame.payload.seq).filter((seq) => seq !== undefined)
    }
    expect(await seqsAfter({ after_seq: 0 })).toEqual([1, 2, 3])
    expect(await seqsAfter({ after_seq: 3 })).toEqual([3])
    expect(await seqsAfter({})).toEqual([3])
  })

  it('tells the code of a job that failed, also where only its result could not be written', async () => {
    await using h = harness({ agents: [broken] })
    const peer = await h.connect()
    peer.request('job.submit', { agent: 'broken' })
    const { job_id } = await peer.next('job.accepted')
    await peer.next('job.failed')
    peer.request('job.subscribe', { job_id })
    const { payload } = await peer.next('job.subscribed')
    expect(payload).toMatchObject({ status: 'failed', error_code: 'INTERNAL_ERROR' })
  })

  it('is refused beyond the newest event, for another history, and for jobs of others (R-NUM-7, R-NUM-10)', async () => {
    const { implementation, end } = stepper()
    await using h = harness({ agents: [implementation] })
    const peer = await h.connect()
    peer.request('job.submit', { agent: 'step' })
    const { job_id } = await peer.next('job.accepted')
    await peer.next('job.started')
    const ask = (payload: object) => refusal(peer, peer.request('job.subscribe', { job_id, ...payload }))
    expect(await ask({ after_seq: 3 })).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(await ask({ after_seq: 1, log_epoch: 'other' })).toMatchObject({ code: 'RESUME_WINDOW_EXPIRED' })
    expect(await ask({ after_seq: -1 })).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(await ask({ job_id: 'job_none' })).toMatchObject({ code: 'JOB_NOT_FOUND' })
    const bob = await h.connect(asBob)
    const foreign = await refusal(bob, bob.request('job.subscribe', { job_id }))
    expect(foreign).toMatchObject({ code: 'JOB_NOT_FOUND', message: `no job ${job_id}` })
    end()
  })
})

describe('job.unsubscribe', () => {
  it('ends what is followed, and is harmless where nothing is', async () => {
    const { implementation, step, end } = stepper()
    await using h = harness({ agents: [implementation] })
    const owner = await h.connect()
    owner.request('job.submit', { agent: 'step' })
    const { job_id } = await owner.next('job.accepted')
    await owner.next('job.started')
    const watcher = await h.connect()
    for (let i = 0; i < 2; i++) {
      const id = watcher.request('job.unsubscribe', { job_id })
      expect((await watcher.next('job.unsubscribed')).payload).toEqual({ request_id: id, job_id })
      watcher.request('job.subscribe', { job_id })
      await watcher.next('job.subscribed')
    }
    watcher.request('job.unsubscribe', { job_id })
    await watcher.next('job.unsubscribed')
    step()
    end()
    await owner.next('job.completed')
    expect(watcher.frames.filter(({ event_seq }) => event_seq !== undefined)).toEqual([])
  })

  /** An agent that waits for its owner, which holds the job. */
  async function holding(limits = {}) {
    const clock = new TestClock()
    const talk = { said: 0 }
    const talker = agentOf('talker', async (_, ctx) => {
      for (; talk.said < 20; talk.said++) await ctx.progress({ current: talk.said })
    })
    const h = harness({
      clock,
      agents: [talker, heldAgent().implementation],
      limits: { logEvents: 10, ...limits },
    })
    const peer = await drive(clock, h.connect(acknowledging))
    const { job_id } = await drive(clock, submitted(peer, { agent: 'talker' }))
    peer.request('job.unsubscribe', { job_id, hold: true })
    clock.advance(60_000)
    await clock.settle()
    expect(talk.said).toBe(8)
    return { clock, talk, peer, job_id, [Symbol.asyncDispose]: () => h[Symbol.asyncDispose]() }
  }

  it('without `hold` gives up a job that was held before: its agent waits no more', async () => {
    await using t = await holding()
    t.peer.request('job.unsubscribe', { job_id: t.job_id })
    await t.clock.settle()
    expect(t.talk.said).toBe(20)
  })

  it('with `hold` ends its wait, too, where the way back is refused', async () => {
    await using t = await holding({ subscriptionsPerPrincipal: 1 })
    await drive(t.clock, submitted(t.peer, { agent: 'held' }))
    const refused = t.peer.request('job.subscribe', { job_id: t.job_id, after_seq: 0 })
    expect(await drive(t.clock, refusal(t.peer, refused))).toMatchObject({ code: 'INTERNAL_ERROR' })
    await t.clock.settle()
    expect(t.talk.said).toBe(20)
  })
})
