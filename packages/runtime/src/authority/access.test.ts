import type { Observation } from '@arcp/protocol/observe'
import type { ScriptedPeer } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { sees } from '../jobs/scope'
import type { Policy } from '../policy'
import { echo, heldAgent } from '../testing/agents'
import { asBob, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'

expectNoUnhandled()

/** A runtime with a policy, and the decisions it told. */
function governed(policy: Policy) {
  const told: Observation[] = []
  const held = heldAgent()
  const h = harness({
    agents: [echo, held.implementation],
    policy,
    observe: {
      observe(observation) {
        if (observation.type.startsWith('access.')) told.push(observation)
      },
    },
  })
  const decisions = () =>
    told.splice(0).map((each) => (each.type.startsWith('access.') ? shortly(each) : each))
  return { h, held, decisions }
}

function shortly(observation: Observation): unknown[] {
  if (observation.type !== 'access.granted' && observation.type !== 'access.denied') return []
  const { type, action, by, scope, job } = observation
  return [type, action, by, scope.principal, job.jobId]
}

async function listed(peer: ScriptedPeer): Promise<unknown[]> {
  const id = peer.request('session.list_jobs', {})
  const { payload } = await peer.next(({ payload }) => payload.request_id === id)
  return (payload.jobs as { job_id: string }[]).map(({ job_id }) => job_id)
}

function welcomeOf(peer: ScriptedPeer): { session_id: unknown; resume_token: unknown } {
  const welcome = peer.frames.find(({ type }) => type === 'session.welcome')
  return { session_id: welcome?.session_id, resume_token: welcome?.payload.resume_token }
}

describe('what is seen without a policy', () => {
  const ada = { principal: 'ada', chain: [] }
  const through = (...chain: string[]) => ({ principal: 'ada', chain })

  it('is what is one’s own, and what was done on one’s behalf, never the reverse', () => {
    expect(sees(ada, ada)).toBe(true)
    expect(sees(ada, through('bot'))).toBe(true)
    expect(sees(through('bot'), through('bot'))).toBe(true)
    expect(sees(through('bot'), ada)).toBe(false)
    expect(sees(through('bot'), through('other'))).toBe(false)
    expect(sees(through('bot'), through('bot', 'other'))).toBe(false)
    expect(sees(ada, { principal: 'bob', chain: [] })).toBe(false)
  })

  it('is nothing for an empty principal, not even its own (R-OBS-2)', () => {
    const nobody = { principal: '', chain: [] }
    expect([sees(nobody, nobody), sees(nobody, ada), sees(ada, nobody)]).toEqual([false, false, false])
  })
})

describe('a policy', () => {
  it('shows and lets follow what it names, and tells so', async () => {
    const { h, held, decisions } = governed({
      see: ({ principal }, job) => principal === 'bob' && job.agent === 'echo@1.0.0',
    })
    await using _ = h
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const seen = (await outcome(ada, { agent: 'echo' })).job_id
    const hidden = (await submitted(ada, { agent: 'held' })).job_id
    const own = (await outcome(bob, { agent: 'echo' })).job_id
    // They may share a millisecond, in which their ids, drawn at random, say which comes first.
    expect(new Set(await listed(bob))).toEqual(new Set([own, seen]))
    expect(new Set(await listed(ada))).toEqual(new Set([hidden, seen]))
    expect(decisions()).toEqual([['access.granted', 'list', 'policy', 'bob', seen]])
    bob.request('job.subscribe', { job_id: seen, after_seq: 0 })
    expect((await terminalOf(bob, seen)).payload.seq).toBe(3)
    const refused = await refusal(bob, bob.request('job.subscribe', { job_id: hidden }))
    expect(refused).toMatchObject({ code: 'JOB_NOT_FOUND', message: `no job ${hidden}` })
    bob.request('job.unsubscribe', { job_id: seen })
    await bob.next('job.unsubscribed')
    expect(decisions()).toEqual([
      ['access.granted', 'subscribe', 'policy', 'bob', seen],
      ['access.denied', 'subscribe', 'policy', 'bob', hidden],
      ['access.granted', 'unsubscribe', 'policy', 'bob', seen],
    ])
    expect(JSON.stringify(bob.frames.filter(({ job_id }) => job_id === seen))).not.toContain('arj_')
    held.gate.open('ok')
  })

  it('lets a resumed session follow on what it let it see', async () => {
    const { h, held } = governed({ see: () => true })
    await using _ = h
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const { job_id, payload } = await submitted(ada, { agent: 'held' })
    bob.request('job.subscribe', { job_id, after_seq: 0 })
    await bob.next('job.started')
    const { session_id, resume_token } = welcomeOf(bob)
    await bob.close()
    const back = h.dial()
    await back.hello({
      ...asBob,
      resume: {
        session_id,
        resume_token,
        last_event_seq: 2,
        cursors: { [job_id as string]: { seq: 2, log_epoch: payload.log_epoch } },
      },
    })
    held.gate.open('done')
    expect((await back.next('job.completed')).payload).toMatchObject({ seq: 3, result: 'done' })
    expect(back.frames.filter(({ type }) => type === 'job.unsubscribed')).toEqual([])
  })

  it.each<[string, Policy['see']]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['promises yes', (async () => true) as unknown as Policy['see']],
    ['rejects', (() => Promise.reject(new Error('no'))) as unknown as Policy['see']],
    ['says something', (() => 'yes') as unknown as Policy['see']],
  ])('that %s says no', async (_, see) => {
    const { h } = governed({ see })
    await using __ = h
    const { job_id } = await outcome(await h.connect(), { agent: 'echo' })
    const bob = await h.connect(asBob)
    expect(await listed(bob)).toEqual([])
    expect(await refusal(bob, bob.request('job.subscribe', { job_id }))).toMatchObject({
      code: 'JOB_NOT_FOUND',
    })
  })

  it('that changes its mind lets those who follow already leave', async () => {
    let allowed = true
    const { h, held } = governed({ see: () => allowed })
    await using _ = h
    const owner = await h.connect()
    const { job_id } = await submitted(owner, { agent: 'held' })
    const bob = await h.connect(asBob)
    bob.request('job.subscribe', { job_id, after_seq: 0 })
    await bob.next('job.started')
    allowed = false
    const refused = await refusal(bob, bob.request('job.unsubscribe', { job_id }))
    expect(refused).toMatchObject({ code: 'JOB_NOT_FOUND' })
    held.gate.open('ok')
    await terminalOf(owner, job_id)
    bob.request('session.ping', { nonce: 'n' })
    await bob.next('session.pong')
    expect(bob.frames.filter(({ event_seq }) => event_seq !== undefined)).toHaveLength(2)
  })

  it('that sees everything gives no authority', async () => {
    const { h, held, decisions } = governed({ see: () => true, cancel: () => true })
    await using _ = h
    const { job_id } = await submitted(await h.connect(), { agent: 'held' })
    const bob = await h.connect(asBob)
    const refused = await refusal(bob, bob.request('job.cancel', { job_id }))
    expect(refused).toMatchObject({ code: 'JOB_NOT_FOUND' })
    expect(decisions()).toEqual([['access.denied', 'cancel', 'scope', 'bob', job_id]])
    held.gate.open('ok')
  })

  it('lets other sessions of an identity cancel, where it says so', async () => {
    let allowed = false
    const { h, held, decisions } = governed({ cancel: ({ principal }) => allowed && principal === 'ada' })
    await using _ = h
    const [owner, other] = [await h.connect(), await h.connect()]
    const { job_id } = await submitted(owner, { agent: 'held' })
    await held.started
    const refused = await refusal(other, other.request('job.cancel', { job_id }))
    expect(refused).toMatchObject({ code: 'PERMISSION_DENIED', details: { job_id } })
    allowed = true
    other.request('job.cancel', { job_id, reason: 'enough' })
    expect((await other.next('job.cancel_accepted')).payload).toMatchObject({ status: 'running' })
    held.gate.open('too late')
    const { type, payload } = await terminalOf(owner, job_id)
    expect([type, payload.reason]).toEqual(['job.cancelled', 'enough'])
    owner.request('job.cancel', { job_id })
    await owner.next('job.cancel_accepted')
    expect(decisions()).toEqual([
      ['access.denied', 'cancel', 'policy', 'ada', job_id],
      ['access.granted', 'cancel', 'policy', 'ada', job_id],
      ['access.granted', 'cancel', 'owner', 'ada', job_id],
    ])
  })
})

describe('operators', () => {
  it('learn why a resume was refused, which its client does not', async () => {
    const told: Observation[] = []
    await using h = harness({ observe: { observe: (each) => void told.push(each) } })
    const peer = await h.connect()
    const { session_id, resume_token } = welcomeOf(peer)
    const answers: unknown[] = []
    const attempts = [
      [{ session_id: 'sess_none', resume_token }, {}],
      [{ session_id, resume_token: 'ars_wrong' }, {}],
      [{ session_id, resume_token }, asBob],
    ] as const
    for (const [resume, as] of attempts) {
      const other = h.dial()
      other.request('session.hello', {
        client: { name: 'c', version: '1' },
        auth: { scheme: 'bearer', token: 'test-token' },
        capabilities: { encodings: ['json'] },
        ...as,
        resume: { ...resume, last_event_seq: 0 },
      })
      const { code, message } = (await other.next('session.error')).payload
      answers.push([code, message])
    }
    expect(new Set(answers.map(String)).size).toBe(1)
    const refusals = told.filter((each) => each.type === 'session.resume_refused')
    expect(refusals).toEqual([
      {
        type: 'session.resume_refused',
        sessionId: 'sess_none',
        scope: { principal: 'ada', chain: [] },
        reason: 'unknown_session',
      },
      {
        type: 'session.resume_refused',
        sessionId: session_id,
        scope: { principal: 'ada', chain: [] },
        reason: 'wrong_token',
      },
      {
        type: 'session.resume_refused',
        sessionId: session_id,
        scope: { principal: 'bob', chain: [] },
        reason: 'foreign_session',
      },
    ])
    expect(JSON.stringify(told)).not.toContain(resume_token)
  })
})
