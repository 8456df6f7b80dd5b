import { gate, type RawFrame, type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import type { RuntimeOptions } from '../options'
import { agentOf } from '../testing/agents'
import { drive, harness, refusal, submitted, terminalOf } from '../testing/harness'
import { acknowledging, resuming } from '../testing/hello'

const EVENTS = 40
/** `job.queued`, `job.started`, what the agent says, that it had to wait, and the end. */
const ALL = EVENTS + 4

/** How full a log gets, by events and by size: beyond ten of them, agents wait. */
const LIMITS = [
  ['events', { logEvents: 10 }, 1],
  ['bytes', { logSize: 10_000 }, 950],
] as const

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** Runs jobs of one agent, which says {@link EVENTS} things, and tells how many it has said. */
function talking(size: number, options: Partial<RuntimeOptions>) {
  const clock = new TestClock()
  const said = new Map<string, number>()
  const talker = agentOf('talker', async (_, ctx) => {
    for (let i = 1; i <= EVENTS; i++) {
      said.set(ctx.jobId, i)
      await ctx.thought({ text: 't'.repeat(size) })
    }
    return 'done'
  })
  const h = harness({ clock, agents: [talker], ...options })
  return {
    h,
    clock,
    said: (jobId: string | undefined) => said.get(jobId ?? '') ?? 0,
    connect: (fields: Readonly<Record<string, unknown>> = acknowledging) => drive(clock, h.connect(fields)),
    submit: (peer: ScriptedPeer) => drive(clock, submitted(peer, { agent: 'talker' })),
    [Symbol.asyncDispose]: () => h[Symbol.asyncDispose](),
  }
}

/** What a peer was sent of a job: the number of each event in it, and in the session. */
function eventsOf(peer: ScriptedPeer, jobId: string | undefined): RawFrame[] {
  return peer.frames.filter((frame) => frame.job_id === jobId && frame.event_seq !== undefined)
}

const seqsOf = (peer: ScriptedPeer, jobId: string | undefined) =>
  eventsOf(peer, jobId).map(({ payload }) => payload.seq as number)

/** Acknowledges everything a peer has been sent. */
function acknowledge(peer: ScriptedPeer): void {
  const numbers = peer.frames.flatMap(({ event_seq }) => event_seq ?? [])
  peer.request('session.ack', { last_processed_seq: Math.max(0, ...numbers) })
}

async function acknowledgeAll(clock: TestClock, peer: ScriptedPeer): Promise<void> {
  for (let i = 0; i < EVENTS; i++) {
    acknowledge(peer)
    await clock.settle()
  }
}

describe.each(LIMITS)('a log that is full by its %s', (_, limits, size) => {
  it('keeps its agent waiting for an owner that reads and does not acknowledge', async () => {
    await using t = talking(size, { limits })
    const peer = await t.connect()
    const { job_id } = await t.submit(peer)
    await t.clock.settle()
    const waited = t.said(job_id)
    expect(waited).toBeGreaterThan(7)
    expect(waited).toBeLessThan(11)
    expect(seqsOf(peer, job_id), 'and the one that says so').toEqual(upTo(waited + 3))
    expect(eventsOf(peer, job_id).at(-1)?.payload.phase).toBe('back_pressure')
    t.clock.advance(60_000)
    await t.clock.settle()
    expect(t.said(job_id)).toBe(waited)
    await acknowledgeAll(t.clock, peer)
    expect(seqsOf(peer, job_id)).toEqual(upTo(ALL))
  })

  it('keeps its agent waiting while the owner is away, until its time is over', async () => {
    await using t = talking(size, { limits: { ...limits, resumeWindowMs: 60_000 } })
    const peer = await t.connect()
    const { job_id } = await t.submit(peer)
    await t.clock.settle()
    const waited = t.said(job_id)
    await peer.close()
    t.clock.advance(59_000)
    await t.clock.settle()
    expect(t.said(job_id)).toBe(waited)
    t.clock.advance(1_000)
    await t.clock.settle()
    expect(t.said(job_id)).toBe(EVENTS)
  })

  it('lets go of what an owner that is away has acknowledged, and of no more', async () => {
    await using t = talking(size, { limits })
    const peer = t.h.dial()
    const welcome = await drive(t.clock, peer.hello(acknowledging))
    const { job_id } = await t.submit(peer)
    await t.clock.settle()
    const waited = t.said(job_id)
    peer.request('session.ack', { last_processed_seq: 6 })
    await peer.close()
    await t.clock.settle()
    expect(t.said(job_id)).toBeGreaterThan(waited)
    expect(t.said(job_id)).toBeLessThan(waited + 7)
    const second = t.h.dial()
    await drive(t.clock, second.hello(resuming(welcome, 6)))
    await acknowledgeAll(t.clock, second)
    expect(seqsOf(second, job_id)).toEqual(upTo(ALL, 7))
  })

  it('lets the oldest go for a job without an owner, which runs on', async () => {
    await using t = talking(size, { limits })
    const peer = await t.connect()
    const { job_id } = await t.submit(peer)
    peer.request('session.close', {})
    await drive(t.clock, peer.closed)
    await t.clock.settle()
    expect(t.said(job_id)).toBe(EVENTS)
  })

  it('lets the oldest go for an owner that has left the job, which is told what is gone when it asks', async () => {
    await using t = talking(size, { limits })
    const peer = await t.connect()
    const { job_id } = await t.submit(peer)
    await t.clock.settle()
    const sent = seqsOf(peer, job_id).length
    peer.request('job.unsubscribe', { job_id })
    await t.clock.settle()
    expect(t.said(job_id)).toBe(EVENTS)
    expect(seqsOf(peer, job_id)).toHaveLength(sent)

    const refused = peer.request('job.subscribe', { job_id, after_seq: sent })
    const { code, details } = await drive(t.clock, refusal(peer, refused))
    expect(code).toBe('RESUME_WINDOW_EXPIRED')
    const { first_seq } = details as { first_seq: number }
    expect(first_seq).toBeGreaterThan(sent + 1)
    peer.request('job.subscribe', { job_id, after_seq: first_seq - 1 })
    await t.clock.settle()
    expect(seqsOf(peer, job_id).slice(sent)).toEqual(upTo(ALL, first_seq))
  })

  it('waits for an owner that holds the job, and goes on exactly where that comes back', async () => {
    await using t = talking(size, { limits })
    const peer = await t.connect()
    const { job_id } = await t.submit(peer)
    await t.clock.settle()
    const waited = t.said(job_id)
    peer.request('session.ack', { last_processed_seq: 3 })
    peer.request('job.unsubscribe', { job_id, hold: true })
    await t.clock.settle()
    const held = t.said(job_id)
    expect(held, 'what was acknowledged makes room').toBeGreaterThan(waited)
    expect(held).toBeLessThan(EVENTS)
    acknowledge(peer)
    t.clock.advance(120_000)
    await t.clock.settle()
    expect(t.said(job_id)).toBe(held)
    expect(peer.frames.some(({ type }) => type === 'session.closed')).toBe(false)

    const taken = 5
    const before = eventsOf(peer, job_id).length
    peer.request('job.subscribe', { job_id, after_seq: taken })
    await acknowledgeAll(t.clock, peer)
    expect(seqsOf(peer, job_id).slice(before)).toEqual(upTo(ALL, taken + 1))
  })

  it('is not slowed by an observer that takes nothing, which is told what it lost (R-OBS-9, R-OBS-5)', async () => {
    await using t = talking(size, { limits: { ...limits, ackWindowEvents: 5, slowConsumerMs: 5_000 } })
    const owner = await t.connect()
    const { job_id } = await t.submit(owner)
    const observer = t.h.dial()
    const welcome = await drive(t.clock, observer.hello(acknowledging))
    observer.request('job.subscribe', { job_id, after_seq: 0 })
    await t.clock.settle()
    await acknowledgeAll(t.clock, owner)
    expect(seqsOf(owner, job_id)).toEqual(upTo(ALL))
    expect(seqsOf(observer, job_id)).toEqual(upTo(5))

    t.clock.advance(5_000)
    await drive(t.clock, observer.closed)
    expect(observer.frames.at(-1)?.payload).toEqual({ reason: 'slow_consumer', resume: true })
    const back = t.h.dial()
    const { log_epoch } = observer.frames.find(({ type }) => type === 'job.subscribed')?.payload ?? {}
    await drive(t.clock, back.hello(resuming(welcome, 5, { [String(job_id)]: { seq: 5, log_epoch } })))
    const { payload } = await drive(t.clock, back.next('job.unsubscribed'))
    expect(payload).toEqual({ job_id, reason: 'events_lost', first_seq: expect.any(Number) })
    expect(payload.first_seq).toBeGreaterThan(6)
  })

  it('tells an observer that takes up its credit again what it lost, and nothing else of it (R-OBS-5)', async () => {
    await using t = talking(size, { limits: { ...limits, ackWindowEvents: 5 } })
    const owner = await t.connect()
    const { job_id } = await t.submit(owner)
    const observer = await t.connect()
    observer.request('job.subscribe', { job_id, after_seq: 0 })
    await t.clock.settle()
    await acknowledgeAll(t.clock, owner)
    acknowledge(observer)
    await t.clock.settle()
    expect(observer.frames.at(-1)).toMatchObject({
      type: 'job.unsubscribed',
      payload: { job_id, reason: 'events_lost' },
    })
    expect(seqsOf(observer, job_id)).toEqual(upTo(5))
  })

  it('of one job holds up no other of its session (R-OBS-10)', async () => {
    await using t = talking(size, { limits })
    const peer = await t.connect()
    const unread = await t.submit(peer)
    peer.request('job.unsubscribe', { job_id: unread.job_id, hold: true })
    const read = await t.submit(peer)
    await acknowledgeAll(t.clock, peer)
    expect(seqsOf(peer, read.job_id)).toEqual(upTo(ALL))
    expect(t.said(unread.job_id)).toBeLessThan(11)
    peer.request('job.subscribe', { job_id: unread.job_id, after_seq: seqsOf(peer, unread.job_id).length })
    await acknowledgeAll(t.clock, peer)
    expect(seqsOf(peer, unread.job_id)).toEqual(upTo(ALL))
  })

  it('lets go of nothing for nobody, where agents are to `wait`', async () => {
    await using t = talking(size, { limits, whenLogFull: 'wait' })
    const peer = await t.connect()
    const accepted = await t.submit(peer)
    const { job_id } = accepted
    peer.request('session.close', {})
    await drive(t.clock, peer.closed)
    await t.clock.settle()
    expect(t.said(job_id)).toBeLessThan(11)
    const next = await t.connect()
    next.request('job.submit', { resume_token: accepted.payload.resume_token, after_seq: 0 })
    await acknowledgeAll(t.clock, next)
    expect(seqsOf(next, job_id)).toEqual(upTo(ALL))
  })

  it('waits for nobody where the oldest are to go: `let-go`', async () => {
    await using t = talking(size, { limits: { ...limits, ackWindowEvents: 5 }, whenLogFull: 'let-go' })
    const peer = await t.connect()
    const { job_id } = await t.submit(peer)
    await t.clock.settle()
    expect(t.said(job_id)).toBe(EVENTS)
    const { payload } = await drive(t.clock, peer.next('job.unsubscribed'))
    expect(payload).toMatchObject({ job_id, reason: 'events_lost' })
    const before = seqsOf(peer, job_id).length
    peer.request('job.subscribe', { job_id, after_seq: 0 })
    const { first_seq } = (await drive(t.clock, peer.next('job.subscribed'))).payload as { first_seq: number }
    expect(first_seq).toBeGreaterThan(EVENTS - 10)
    await acknowledgeAll(t.clock, peer)
    expect(seqsOf(peer, job_id).slice(before)).toEqual(upTo(EVENTS + 3, first_seq))
    expect(eventsOf(peer, job_id).some(({ payload }) => payload.phase === 'back_pressure')).toBe(false)
  })
})

describe('what happens at a full log', () => {
  it('is one of three things', () => {
    const whenLogFull = 'explode' as 'wait'
    expect(() => harness({ whenLogFull })).toThrow(
      new TypeError('whenLogFull must be one of wait-for-owner, wait, let-go'),
    )
  })

  it('R-MEM-3 counts what is held, not what ever passed', async () => {
    await using t = talking(950, { limits: { logSize: 10_000 } })
    const peer = await t.connect({})
    const { job_id } = await t.submit(peer)
    expect(await drive(t.clock, terminalOf(peer, job_id))).toMatchObject({ type: 'job.completed' })
    expect(t.said(job_id)).toBe(EVENTS)
  })

  it('is to keep all there is for an owner that holds the job and acknowledges nothing', async () => {
    const clock = new TestClock()
    const more = gate()
    let said = 0
    const talker = agentOf('talker', async (_, ctx) => {
      for (; said < EVENTS; said++) {
        if (said === 5) await more.promise
        await ctx.progress({ current: said })
      }
    })
    await using h = harness({ clock, agents: [talker], limits: { logEvents: 10 } })
    const peer = await drive(clock, h.connect())
    const { job_id } = await drive(clock, submitted(peer, { agent: 'talker' }))
    await clock.settle()
    expect(seqsOf(peer, job_id)).toEqual(upTo(7))
    peer.request('job.unsubscribe', { job_id, hold: true })
    await clock.settle()
    more.open()
    await clock.settle()
    expect(said).toBe(8)
    peer.request('job.subscribe', { job_id, after_seq: 1 })
    await clock.settle()
    expect(peer.frames.find(({ type }) => type === 'job.subscribed')?.payload.first_seq).toBe(1)
    expect(seqsOf(peer, job_id).slice(7)).toEqual(upTo(ALL, 2))
  })
})
