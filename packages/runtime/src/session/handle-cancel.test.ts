import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo, heldAgent } from '../testing/agents'
import { asBob, drive, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'

/** An agent that ends when it is told to stop, with what it was told. */
const obedient = agentOf(
  'obedient',
  (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    }),
)

describe('cancelling', () => {
  it('a running job is acknowledged before its terminal, which tells the reason (R-LIF-3)', async () => {
    await using h = harness({ agents: [obedient] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'obedient' })
    await peer.next('job.started')
    const id = peer.request('job.cancel', { job_id, reason: 'changed my mind' }, { job_id })
    const ended = await terminalOf(peer, job_id)
    expect(ended).toMatchObject({ type: 'job.cancelled', payload: { reason: 'changed my mind', seq: 3 } })
    const [accepted, terminal] = peer.frames.slice(-2)
    expect(accepted).toMatchObject({
      type: 'job.cancel_accepted',
      job_id,
      payload: { request_id: id, job_id, status: 'running' },
    })
    expect(accepted).not.toHaveProperty('event_seq')
    expect(terminal).toBe(ended)
  })

  it('without a reason ends in a terminal without one', async () => {
    await using h = harness({ agents: [obedient] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'obedient' })
    peer.request('job.cancel', { job_id, reason: null })
    expect(Object.keys((await terminalOf(peer, job_id)).payload)).toEqual(['seq', 'ts'])
  })

  it('reaches the agent as an abort whose reason is a CANCELLED error with the text', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    const { signal } = await held.started
    expect(signal.aborted).toBe(false)
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
    peer.request('job.cancel', { job_id, reason: 'enough' })
    await aborted
    expect(signal.reason).toMatchObject({ code: 'CANCELLED', message: 'enough' })
    held.gate.open('too late')
    expect((await terminalOf(peer, job_id)).type).toBe('job.cancelled')
  })

  it('twice is acknowledged twice and ends it once, for the first reason', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [echo, held.implementation] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    peer.request('job.cancel', { job_id, reason: 'first' })
    peer.request('job.cancel', { job_id, reason: 'second' })
    const answers = [await peer.next('job.cancel_accepted'), await peer.next('job.cancel_accepted')]
    expect(answers.map(({ payload }) => payload.status)).toEqual(['running', 'running'])
    held.gate.open('late')
    expect((await terminalOf(peer, job_id)).payload.reason).toBe('first')
    await outcome(peer, { agent: 'echo' })
    const ends = peer.frames.filter(
      (frame) => frame.job_id === job_id && /(cancelled|leted|failed)$/.test(frame.type),
    )
    expect(ends.map(({ type }) => type)).toEqual(['job.cancelled'])
  })

  it('an ended job is acknowledged with its state and changes nothing', async () => {
    await using h = harness({ agents: [echo] })
    const peer = await h.connect()
    const { job_id } = await outcome(peer, { agent: 'echo', input: 1 })
    const before = peer.frames.length
    peer.request('job.cancel', { job_id })
    expect((await peer.next('job.cancel_accepted')).payload.status).toBe('completed')
    await outcome(peer, { agent: 'echo', input: 2 })
    expect(peer.frames.slice(before).filter((frame) => frame.job_id === job_id)).toHaveLength(1)
  })

  it('a job nobody knows is JOB_NOT_FOUND, and so is another principal’s (R-LIF-4)', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const [ada, bob] = [await h.connect(), await h.connect(asBob)]
    const { job_id } = await submitted(ada, { agent: 'held' })
    const unknown = await refusal(bob, bob.request('job.cancel', { job_id: 'job_unknown' }))
    const foreign = await refusal(bob, bob.request('job.cancel', { job_id }))
    expect(unknown).toEqual({
      request_id: expect.any(String),
      code: 'JOB_NOT_FOUND',
      message: 'no job job_unknown',
      retryable: false,
      details: { job_id: 'job_unknown' },
    })
    expect(JSON.stringify({ ...foreign, request_id: '' }).replaceAll(String(job_id), 'job_unknown')).toBe(
      JSON.stringify({ ...unknown, request_id: '' }),
    )
    held.gate.open('unharmed')
    expect((await terminalOf(ada, job_id)).payload.result).toBe('unharmed')
  })

  it('a job of another session of the same principal is PERMISSION_DENIED (R-LIF-4)', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const [owner, other] = [await h.connect(), await h.connect()]
    const { job_id } = await submitted(owner, { agent: 'held' })
    const error = await refusal(other, other.request('job.cancel', { job_id }))
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', details: { job_id } })
    held.gate.open('unharmed')
    expect((await terminalOf(owner, job_id)).payload.result).toBe('unharmed')
  })

  it('one job in the envelope and another in the payload is INVALID_REQUEST, and cancels neither', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    const id = peer.request('job.cancel', { job_id }, { job_id: 'job_other' })
    expect(await refusal(peer, id)).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { issues: [{ path: 'payload.job_id' }] },
    })
    held.gate.open('unharmed')
    expect((await terminalOf(peer, job_id)).payload.result).toBe('unharmed')
  })

  it('with a reason as long as a frame still cancels', async () => {
    await using h = harness({ agents: [obedient], limits: { maxFrameBytes: 4096 } })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'obedient' })
    peer.request('job.cancel', { job_id, reason: 'r'.repeat(3_800) })
    expect((await terminalOf(peer, job_id)).type).toBe('job.cancelled')
  })
})

describe('an agent that ignores its signal', () => {
  it('is waited for until the grace is over, then the job ends without it', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    await using h = harness({ clock, agents: [echo, held.implementation] })
    const peer = await h.connect()
    const { job_id } = await drive(clock, submitted(peer, { agent: 'held' }))
    const timers = clock.timers
    peer.request('job.cancel', { job_id })
    await clock.settle()
    clock.advance(29_999)
    await clock.settle()
    const ends = () => peer.frames.filter(({ type }) => type === 'job.cancelled')
    expect(ends()).toEqual([])
    clock.advance(1)
    await clock.settle()
    expect(ends()).toMatchObject([{ job_id }])
    const after = peer.frames.length
    held.gate.open('far too late')
    await clock.settle()
    expect(peer.frames).toHaveLength(after)
    expect(clock.timers, 'its watchdogs end with it (R-LIF-8)').toBeLessThanOrEqual(timers)
    expect((await drive(clock, outcome(peer, { agent: 'echo', input: 'next' }))).payload.result).toBe('next')
  })
})

describe('R-LIF-6: of returning and being cancelled the first counts', () => {
  it('cancelled first: what the agent returns is discarded', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    await held.started
    peer.request('job.cancel', { job_id })
    await peer.next('job.cancel_accepted')
    held.gate.open('a result')
    expect((await terminalOf(peer, job_id)).type).toBe('job.cancelled')
  })

  it('cancelled first: what the agent throws is discarded', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    await held.started
    peer.request('job.cancel', { job_id })
    await peer.next('job.cancel_accepted')
    held.gate.fail(new Error('failed on the way out'))
    expect((await terminalOf(peer, job_id)).type).toBe('job.cancelled')
  })

  it('returned first: the cancellation changes nothing', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    await held.started
    held.gate.open('a result')
    await new Promise((resolve) => setImmediate(resolve))
    peer.request('job.cancel', { job_id })
    expect((await terminalOf(peer, job_id)).payload.result).toBe('a result')
    expect((await peer.next('job.cancel_accepted')).payload.status).toBe('completed')
  })
})
