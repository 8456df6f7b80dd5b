import { createHmac } from 'node:crypto'
import type { RawFrame, ScriptedPeer } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo, heldAgent } from '../testing/agents'
import { asBob, eventOf, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'
import { heldTransport } from '../testing/held-transport'

const refused = (peer: ScriptedPeer, payload: object) => refusal(peer, peer.request('job.submit', payload))

const seqs = (peer: ScriptedPeer, jobId: string | undefined) =>
  peer.frames
    .filter((frame) => frame.job_id === jobId && frame.event_seq !== undefined)
    .map(({ payload }) => payload.seq)

const tokenOf = (accepted: RawFrame) => String(accepted.payload.resume_token)

const unknown = { code: 'RESUME_WINDOW_EXPIRED', retryable: false }

describe('a submit with a job’s token', () => {
  it('runs nothing, moves the job here, and sends what came after its start', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const [former, next] = [await h.connect(), await h.connect()]
    const accepted = await submitted(former, { agent: 'held' })
    const ctx = await held.started
    await ctx.progress({ current: 1 })
    const { job_id } = accepted
    const again = await submitted(next, { resume_token: tokenOf(accepted) })
    const { request_id: _, ...answer } = accepted.payload
    expect(again.payload).toEqual({ ...answer, request_id: expect.any(String), resumed: true })
    expect((await eventOf(next, job_id, 'job.progress')).payload.seq).toBe(3)
    expect((await eventOf(next, job_id, 'job.status')).payload).toMatchObject({
      seq: 4,
      phase: 'owner_changed',
    })
    next.request('job.cancel', { job_id })
    expect((await next.next('job.cancel_accepted')).payload.status).toBe('running')
    held.gate.open('late')
    expect((await terminalOf(next, job_id)).type).toBe('job.cancelled')
    expect((await terminalOf(former, job_id)).type, 'R-LIF-7').toBe('job.cancelled')
    expect(seqs(next, job_id)).toEqual([3, 4, 5])
  })

  it.each([
    [0, [1, 2, 3, 4]],
    [2, [3, 4]],
    [3, [4]],
    [4, [4]],
    [undefined, [3, 4]],
  ])(
    'of an ended job sends what comes after %j, and always the end (R-OBS-8)',
    async (after_seq, expected) => {
      const talking = agentOf('talking', async (_, ctx) => {
        await ctx.progress({ current: 1 })
      })
      await using h = harness({ agents: [talking] })
      const [former, next] = [await h.connect(), await h.connect()]
      const accepted = await submitted(former, { agent: 'talking' })
      const { job_id } = await terminalOf(former, accepted.job_id)
      await submitted(next, { resume_token: tokenOf(accepted), after_seq })
      await terminalOf(next, job_id)
      expect(seqs(next, job_id)).toEqual(expected)
    },
  )

  it('is refused for a number above the newest event (R-NUM-7), and for another history (R-NUM-10)', async () => {
    await using h = harness({ agents: [echo] })
    const peer = await h.connect()
    const accepted = await submitted(peer, { agent: 'echo' })
    await terminalOf(peer, accepted.job_id)
    const resume_token = tokenOf(accepted)
    expect(await refused(peer, { resume_token, after_seq: 4 })).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { issues: [{ path: 'payload.after_seq' }], last_seq: 3 },
    })
    expect(await refused(peer, { resume_token, log_epoch: 'another' })).toMatchObject({
      ...unknown,
      details: { first_seq: 1 },
    })
    const again = await submitted(peer, { resume_token, log_epoch: accepted.payload.log_epoch })
    expect(again.job_id).toBe(accepted.job_id)
  })

  it('is refused where what it asks for is gone, with what is left', async () => {
    const talking = agentOf('talking', async (_, ctx) => {
      for (let current = 0; current < 50; current++) await ctx.progress({ current })
    })
    await using h = harness({ agents: [talking], limits: { logEvents: 10 } })
    const peer = await h.connect()
    const accepted = await submitted(peer, { agent: 'talking' })
    await terminalOf(peer, accepted.job_id)
    const error = await refused(peer, { resume_token: tokenOf(accepted), after_seq: 5 })
    expect(error).toMatchObject({ ...unknown, details: { first_seq: expect.any(Number) } })
    const { first_seq } = error.details as { first_seq: number }
    expect(first_seq).toBeGreaterThan(30)
    const next = await h.connect()
    await submitted(next, { resume_token: tokenOf(accepted), after_seq: 0 })
    await terminalOf(next, accepted.job_id)
    expect(seqs(next, accepted.job_id)[0]).toBe(first_seq)
  })

  it('wants no agent, but none other than the job’s', async () => {
    await using h = harness({ agents: [echo, agentOf('other', () => {})] })
    const peer = await h.connect()
    const accepted = await submitted(peer, { agent: 'echo' })
    const resume_token = tokenOf(accepted)
    for (const agent of ['echo', 'echo@1.0.0']) {
      expect((await submitted(peer, { agent, resume_token })).job_id).toBe(accepted.job_id)
    }
    for (const agent of ['other', 'echo@2.0.0', 'nobody', 'not an agent']) {
      expect(await refused(peer, { agent, resume_token })).toMatchObject({
        code: 'INVALID_REQUEST',
        details: { issues: [{ path: 'payload.agent' }] },
      })
    }
  })

  it('that is a session’s is told so', async () => {
    await using h = harness({ agents: [echo] })
    const peer = await h.connect()
    const resume_token = peer.frames[0]?.payload.resume_token
    const error = await refused(peer, { resume_token })
    expect(error).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(error.message).toContain('token of a session')
  })
})

describe('tokens that prove nothing are one refusal, and harm nobody (R-NUM-4)', () => {
  it.each<[string, (token: string) => string]>([
    ['empty', () => ''],
    ['no token', () => 'nonsense'],
    ['a bare prefix', () => 'arj_'],
    ['cut', (token) => token.slice(0, -1)],
    ['longer', (token) => `${token}AAAA`],
    [
      'changed in its proof',
      (token) => token.replace(/^arj_./, (start) => (start === 'arj_A' ? 'arj_B' : 'arj_A')),
    ],
    ['signed with another secret', forge],
    ['endless', () => `arj_${'A'.repeat(100_000)}`],
  ])('%s', async (_, change) => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const [former, next] = [await h.connect(), await h.connect()]
    const accepted = await submitted(former, { agent: 'held' })
    const error = await refused(next, { resume_token: change(tokenOf(accepted)) })
    expect(error).toMatchObject({ ...unknown, message: 'there is no job to resume by this token' })
    held.gate.open('of the rightful')
    expect((await terminalOf(former, accepted.job_id)).payload.result).toBe('of the rightful')
    expect(next.frames.some((frame) => frame.job_id === accepted.job_id)).toBe(false)
  })

  it('another principal’s, and that of a job that is gone', async () => {
    await using h = harness({ agents: [echo], limits: { endedJobs: 1 } })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const accepted = await submitted(ada, { agent: 'echo' })
    await terminalOf(ada, accepted.job_id)
    const foreign = await refused(bob, { resume_token: tokenOf(accepted) })
    await outcome(ada, { agent: 'echo' })
    const gone = await refused(ada, { resume_token: tokenOf(accepted) })
    expect(foreign).toMatchObject(unknown)
    expect({ ...gone, request_id: '' }).toEqual({ ...foreign, request_id: '' })
  })
})

describe('a client that only wants its own job back', () => {
  it('becomes an observer where another session owns it by now (R-NUM-16, R-OBS-7)', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const [lost, taker] = [await h.connect(), await h.connect()]
    const accepted = await submitted(lost, { agent: 'held' })
    const { job_id } = accepted
    await held.started
    await submitted(taker, { resume_token: tokenOf(accepted) })
    const back = await h.connect()
    const again = await submitted(back, {
      resume_token: tokenOf(accepted),
      from_session: lost.sessionId,
      after_seq: 0,
    })
    expect(again.payload).toMatchObject({ job_id, owner: false, resumed: true })
    expect(again.payload).not.toHaveProperty('resume_token')
    const started = await eventOf(back, job_id, 'job.started')
    expect(started.payload).not.toHaveProperty('resume_token')
    expect(await refusal(back, back.request('job.cancel', { job_id }))).toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    held.gate.open('done')
    for (const peer of [lost, taker, back])
      expect((await terminalOf(peer, job_id)).payload.result).toBe('done')
  })

  it('takes it back from the session it names, and from nobody', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const lost = await h.connect()
    const accepted = await submitted(lost, { agent: 'held' })
    const back = await h.connect()
    const resume = { resume_token: tokenOf(accepted), from_session: lost.sessionId }
    expect((await submitted(back, resume)).payload.resume_token).toBe(tokenOf(accepted))
    back.request('session.close', {})
    await back.closed
    const last = await h.connect()
    expect((await submitted(last, resume)).payload.resume_token).toBe(tokenOf(accepted))
    held.gate.open('done')
    await terminalOf(last, accepted.job_id)
  })
})

describe('the former owner', () => {
  it('that does not read holds up nobody any more (R-OBS-9)', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], limits: { logEvents: 10, sendBufferBytes: 1 } })
    let transport!: ReturnType<typeof heldTransport>
    const former = await h.connect({}, (far) => {
      transport = heldTransport(far)
      return transport
    })
    const accepted = await submitted(former, { agent: 'held' })
    const ctx = await held.started
    transport.hold()
    const next = await h.connect()
    await submitted(next, { resume_token: tokenOf(accepted) })
    for (let current = 0; current < 200; current++) await ctx.progress({ current })
    held.gate.open('done')
    expect((await terminalOf(next, accepted.job_id)).payload).toMatchObject({ seq: 205, result: 'done' })
    transport.letGo()
    const lost = await former.next('job.unsubscribed')
    expect(lost.payload).toMatchObject({ job_id: accepted.job_id, reason: 'events_lost' })
  })
})

/** The same claims, signed by somebody who does not know the secret. */
function forge(token: string): string {
  const bytes = Buffer.from(token.slice(4), 'base64url')
  const claims = bytes.subarray(32)
  const [jobId, logEpoch] = JSON.parse(claims.toString())
  const proof = createHmac('sha256', Buffer.alloc(32))
    .update(JSON.stringify(['ada', [], jobId, logEpoch]))
    .digest()
  return `arj_${Buffer.concat([proof, claims]).toString('base64url')}`
}
