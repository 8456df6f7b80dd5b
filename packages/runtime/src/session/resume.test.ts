import { agent } from '@arcp/protocol'
import type { RawFrame, ScriptedPeer } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { implement } from '../agents/implement'
import { harness } from '../testing/harness'

/** An agent that says one thing each time it is told to. */
function talker() {
  const says: (() => void)[] = []
  const waiting: (() => void)[] = []
  let said = 0
  const next = () =>
    new Promise<void>((resolve) => {
      const ready = says.shift()
      if (ready) resolve()
      else waiting.push(resolve)
    })
  const implementation = implement(agent({ name: 'talk', version: '1.0.0' }), async (_, ctx) => {
    for (;;) {
      await next()
      if (said < 0) return 'done'
      await ctx.progress({ current: said++ })
    }
  })
  const say = () => {
    const resolve = waiting.shift()
    if (resolve) resolve()
    else says.push(() => {})
  }
  return {
    implementation,
    say,
    finish: () => {
      said = -1
      say()
    },
  }
}

async function submitted(peer: ScriptedPeer): Promise<RawFrame> {
  peer.request('job.submit', { agent: 'talk' })
  const accepted = await peer.next('job.accepted')
  await peer.next('job.started')
  return accepted
}

describe('a session that lost its connection', () => {
  it('goes on after each cursor, with numbers that continue (R-NUM-3, R-NUM-12)', async () => {
    const { implementation, say, finish } = talker()
    await using h = harness({ agents: [implementation] })
    const first = h.dial()
    const welcome = await first.hello()
    const accepted = await submitted(first)
    say()
    const seen = await first.next('job.progress')
    await first.close()
    say()

    const second = h.dial()
    const resumed = await second.hello({
      resume: {
        session_id: welcome.session_id,
        resume_token: welcome.payload.resume_token,
        last_event_seq: seen.event_seq,
        cursors: { [accepted.job_id ?? '']: { seq: 3, log_epoch: accepted.payload.log_epoch } },
      },
    })
    expect(resumed.session_id).toBe(welcome.session_id)
    expect(resumed.payload.resume_token).not.toBe(welcome.payload.resume_token)
    expect(await second.next('job.progress')).toMatchObject({ event_seq: 4, payload: { seq: 4, current: 1 } })
    finish()
    expect(await second.next('job.completed')).toMatchObject({
      event_seq: 5,
      payload: { seq: 5, result: 'done' },
    })
  })

  it('is sent everything again under its old numbers when it names no cursors', async () => {
    const { implementation, say, finish } = talker()
    await using h = harness({ agents: [implementation] })
    const first = h.dial()
    const welcome = await first.hello()
    await submitted(first)
    say()
    const seen = await first.next('job.progress')
    await first.close()

    const second = h.dial()
    await second.hello({
      resume: {
        session_id: welcome.session_id,
        resume_token: welcome.payload.resume_token,
        last_event_seq: 1,
      },
    })
    expect(await second.next('job.started')).toMatchObject({ event_seq: 2 })
    const again = await second.next('job.progress')
    expect(again).toMatchObject({ event_seq: 3, payload: seen.payload })
    finish()
    expect(await second.next('job.completed')).toMatchObject({ event_seq: 4 })
  })

  it('tells the transport that still stands it was taken over, and hears it no more (R-NUM-9, R-NUM-14)', async () => {
    const { implementation, finish } = talker()
    await using h = harness({ agents: [implementation] })
    const first = h.dial()
    const welcome = await first.hello()
    const accepted = await submitted(first)
    const second = h.dial()
    await second.hello({
      resume: {
        session_id: welcome.session_id,
        resume_token: welcome.payload.resume_token,
        last_event_seq: 2,
        cursors: { [accepted.job_id ?? '']: { seq: 2, log_epoch: accepted.payload.log_epoch } },
      },
    })
    expect(await first.next('session.closed')).toMatchObject({
      payload: { reason: 'taken_over', resume: false },
    })
    await first.closed
    finish()
    expect(await second.next('job.completed')).toMatchObject({ event_seq: 3 })
  })

  it.each([
    ['an unknown session', { session_id: 'sess_none' }],
    ['a wrong token', { resume_token: 'ars_wrong' }],
  ])('is refused with RESUME_WINDOW_EXPIRED for %s, which harms nothing (R-NUM-4)', async (_, wrong) => {
    const { implementation } = talker()
    await using h = harness({ agents: [implementation] })
    const first = h.dial()
    const welcome = await first.hello()
    const right = {
      session_id: welcome.session_id,
      resume_token: welcome.payload.resume_token,
      last_event_seq: 0,
      cursors: {},
    }
    await expect(h.connect({ resume: { ...right, ...wrong } })).rejects.toThrow('RESUME_WINDOW_EXPIRED')
    const other = { auth: { scheme: 'bearer', token: 'other-token' }, resume: right }
    await expect(h.connect(other)).rejects.toThrow('RESUME_WINDOW_EXPIRED')
    const second = await h.connect({ resume: right })
    expect(second.sessionId).toBe(welcome.session_id)
  })

  it('is found again with the token before the last when welcomes were lost (R-NUM-13)', async () => {
    const { implementation } = talker()
    await using h = harness({ agents: [implementation] })
    const first = h.dial()
    const welcome = await first.hello()
    first.request('session.ack', { last_processed_seq: 0 })
    first.request('session.ping', { nonce: 'n', sent_at: '' })
    await first.next('session.pong')
    const resume = {
      session_id: welcome.session_id,
      resume_token: welcome.payload.resume_token,
      last_event_seq: 0,
      cursors: {},
    }
    for (let lost = 0; lost < 3; lost++) {
      const peer = await h.connect({ resume })
      await peer.close()
    }
  })

  it('has all its authority: it may cancel what it began before (R-NUM-11)', async () => {
    const { implementation, finish } = talker()
    await using h = harness({ agents: [implementation], limits: { cancelGraceMs: 1 } })
    const first = h.dial()
    const welcome = await first.hello()
    const accepted = await submitted(first)
    await first.close()
    const second = await h.connect({
      resume: {
        session_id: welcome.session_id,
        resume_token: welcome.payload.resume_token,
        last_event_seq: 2,
        cursors: { [accepted.job_id ?? '']: { seq: 2, log_epoch: accepted.payload.log_epoch } },
      },
    })
    second.request('job.cancel', { job_id: accepted.job_id, reason: 'changed my mind' })
    await second.next('job.cancel_accepted')
    expect((await second.next('job.cancelled')).payload).toMatchObject({ reason: 'changed my mind' })
    finish()
  })
})

describe('a job that is resumed by its token', () => {
  it('changes its owner and goes on after the number asked for (R-LIF-4)', async () => {
    const { implementation, say, finish } = talker()
    await using h = harness({ agents: [implementation] })
    const first = await h.connect()
    const accepted = await submitted(first)
    const second = await h.connect()
    const resume_token = accepted.payload.resume_token
    const id = second.request('job.submit', { resume_token, after_seq: 1 })
    expect(await second.next('job.accepted')).toMatchObject({
      payload: { request_id: id, resumed: true, job_id: accepted.job_id, resume_token },
    })
    expect(await second.next('job.started')).toMatchObject({ payload: { seq: 2, resume_token } })
    expect(await first.next('job.status')).toMatchObject({ payload: { phase: 'owner_changed' } })
    first.request('job.cancel', { job_id: accepted.job_id })
    expect(await first.next('session.error')).toMatchObject({ payload: { code: 'PERMISSION_DENIED' } })
    say()
    finish()
    await Promise.all([first.next('job.completed'), second.next('job.completed')])
  })

  it("is its new owner's at once: a cancellation right behind the submit is taken", async () => {
    const { implementation, finish } = talker()
    await using h = harness({ agents: [implementation] })
    const first = await h.connect()
    const { job_id, payload } = await submitted(first)
    const second = await h.connect()
    second.request('job.submit', { resume_token: payload.resume_token })
    const id = second.request('job.cancel', { job_id })
    const answer = await second.next((frame) => frame.payload.request_id === id)
    expect(answer.type).toBe('job.cancel_accepted')
    finish()
  })
})
