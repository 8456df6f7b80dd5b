import type { RawFrame, ScriptedPeer } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { echo, heldAgent } from '../testing/agents'
import { asBob, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'
import { hello } from '../testing/hello'

const full = (reason: string, limit: number) => ({
  code: 'INTERNAL_ERROR',
  retryable: true,
  details: { reason, limit, retry_after_ms: 1_000 },
})

async function subscribe(peer: ScriptedPeer, job_id: string | undefined) {
  const id = peer.request('job.subscribe', { job_id })
  return peer.next(({ payload }) => payload.request_id === id)
}

describe('jobs that are followed', () => {
  it.each([
    ['subscriptions_per_principal', { subscriptionsPerPrincipal: 3 }],
    ['subscriptions', { subscriptions: 3 }],
  ] as const)('R-SEC-6: %s refuses one more, and takes it when another is left', async (reason, limits) => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation, echo], limits })
    const [owner, observer, third] = [await h.connect(), await h.connect(), await h.connect()]
    const { job_id } = await submitted(owner, { agent: 'held' })
    expect((await subscribe(observer, job_id)).type).toBe('job.subscribed')
    expect((await subscribe(observer, job_id)).type, 'a job is followed once').toBe('job.subscribed')
    expect((await subscribe(third, job_id)).type).toBe('job.subscribed')
    expect(await refusal(third, third.request('job.submit', { agent: 'echo' }))).toMatchObject(
      full(reason, 3),
    )
    const bob = await h.connect(asBob)
    const id = bob.request('job.submit', { agent: 'echo' })
    const { type } = await bob.next(({ payload }) => payload.request_id === id)
    expect(type).toBe(reason === 'subscriptions' ? 'session.error' : 'job.accepted')
    observer.request('job.unsubscribe', { job_id })
    await observer.next('job.unsubscribed')
    expect((await outcome(third, { agent: 'echo', input: 1 })).payload.result).toBe(1)
    held.gate.open('done')
    for (const peer of [owner, third]) expect((await terminalOf(peer, job_id)).payload.result).toBe('done')
    for (let i = 0; i < 5; i++)
      expect((await outcome(third, { agent: 'echo', input: i })).payload.result).toBe(i)
  })

  it('R-SEC-6: count from when they are submitted, however many submits come at once', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], limits: { subscriptionsPerPrincipal: 3 } })
    const peers = [await h.connect(), await h.connect()]
    for (let i = 0; i < 5; i++) for (const peer of peers) peer.request('job.submit', { agent: 'held' })
    const isAnswer = ({ type }: RawFrame) => type === 'job.accepted' || type === 'session.error'
    const answers: RawFrame[] = []
    for (let i = 0; i < 5; i++) for (const peer of peers) answers.push(await peer.next(isAnswer))
    const accepted = answers.filter(({ type }) => type === 'job.accepted')
    expect(accepted).toHaveLength(3)
    for (const { type, payload } of answers) {
      if (type === 'session.error') expect(payload).toMatchObject(full('subscriptions_per_principal', 3))
    }
    held.gate.open('done')
    for (const { job_id, session_id } of accepted) {
      const owner = peers.find(({ sessionId }) => sessionId === session_id) as ScriptedPeer
      expect((await terminalOf(owner, job_id)).payload.result).toBe('done')
    }
  })

  it('R-SEC-6: count when a submit that has been answered is sent again for a job that is followed no more', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], limits: { subscriptionsPerPrincipal: 1 } })
    const [peer, other] = [await h.connect(), await h.connect()]
    const payload = { agent: 'held' }
    peer.request('job.submit', payload, { id: 'again' })
    const { job_id } = await peer.next('job.accepted')
    peer.request('job.unsubscribe', { job_id })
    await peer.next('job.unsubscribed')
    await subscribe(other, job_id)
    peer.request('job.submit', payload, { id: 'again' })
    expect(await refusal(peer, 'again')).toMatchObject(full('subscriptions_per_principal', 1))
    other.request('job.unsubscribe', { job_id })
    await other.next('job.unsubscribed')
    peer.request('job.submit', payload, { id: 'again' })
    expect(await peer.next('job.accepted')).toMatchObject({ job_id })
    held.gate.open('done')
    expect((await terminalOf(peer, job_id)).payload.result).toBe('done')
  })

  it('R-SEC-6: count for a session that resumes with more of them, and are given back with it', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], limits: { subscriptionsPerPrincipal: 2 } })
    const owner = await h.connect()
    const jobs = [await submitted(owner, { agent: 'held' }), await submitted(owner, { agent: 'held' })]
    const peer = h.dial()
    const welcome = await peer.hello()
    await peer.close()
    const { session_id, resume_token } = welcome.payload
    const cursors = Object.fromEntries(
      jobs.map(({ job_id, payload }) => [job_id, { seq: 0, log_epoch: payload.log_epoch }]),
    )
    const resume = { session_id, resume_token, last_event_seq: 0, cursors }
    const back = h.dial()
    expect(await refusal(back, back.request('session.hello', { ...hello, resume }))).toMatchObject(
      full('subscriptions_per_principal', 2),
    )
    owner.request('session.close', {})
    await owner.closed
    const again = h.dial()
    again.request('session.hello', { ...hello, resume })
    await again.next('session.welcome')
    held.gate.open('done')
    for (const { job_id } of jobs) expect((await terminalOf(again, job_id)).payload.result).toBe('done')
  })
})
