import type { Observation } from '@arcp/protocol/observe'
import { gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo, heldAgent } from '../testing/agents'
import { drive, eventOf, harness, outcome, submitted, terminalOf } from '../testing/harness'
import { expectNoUnhandled } from '../testing/unhandled'
import type { AgentContext } from './context'

expectNoUnhandled()

describe('a job', () => {
  it('is queued, started, and ends with one terminal, numbered from 1', async () => {
    await using h = harness({ agents: [echo] })
    const peer = await h.connect()
    const { job_id } = await outcome(peer, { agent: 'echo', input: { a: 1 } })
    const events = peer.frames.filter((frame) => frame.event_seq !== undefined)
    expect(events.map(({ type, event_seq, payload }) => [type, event_seq, payload.seq])).toEqual([
      ['job.queued', 1, 1],
      ['job.started', 2, 2],
      ['job.completed', 3, 3],
    ])
    expect(events[0]?.payload).toMatchObject({ agent: 'echo@1.0.0', position: 0 })
    expect(events[1]?.payload).toMatchObject({ agent: 'echo@1.0.0', attempt: 1 })
    expect(new Set(events.map((frame) => frame.job_id))).toEqual(new Set([job_id]))
    expect(new Set(peer.frames.map(({ id }) => id)).size).toBe(peer.frames.length)
  })

  it('counts its numbers for itself, the session for all of its jobs', async () => {
    await using h = harness({ agents: [echo] })
    const peer = await h.connect()
    for (let i = 0; i < 3; i++) await outcome(peer, { agent: 'echo' })
    const events = peer.frames.filter((frame) => frame.event_seq !== undefined)
    expect(events.map((frame) => frame.event_seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(events.map(({ payload }) => payload.seq)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3])
  })

  it('is told to observers with its ending cause', async () => {
    const seen: Observation[] = []
    await using h = harness({
      agents: [echo, agentOf('failing', () => Promise.reject(new Error('no')))],
      observe: { observe: (observation) => void seen.push(observation) },
    })
    const peer = await h.connect()
    await outcome(peer, { agent: 'echo' })
    await outcome(peer, { agent: 'failing' })
    expect(seen.filter(({ type }) => type.startsWith('job.')).map(({ type }) => type)).toEqual([
      'job.accepted',
      'job.started',
      'job.ended',
      'job.accepted',
      'job.started',
      'job.ended',
    ])
    expect(seen.filter(({ type }) => type === 'job.ended')).toMatchObject([
      { state: 'completed', cause: 'returned', job: { agent: 'echo@1.0.0', scope: { principal: 'ada' } } },
      { state: 'failed', cause: 'threw', errorCode: 'INTERNAL_ERROR' },
    ])
  })
})

describe('max_runtime_sec', () => {
  it('ends a job that heeds its signal with TIMEOUT, at once', async () => {
    const clock = new TestClock()
    let reason: unknown
    const obedient = agentOf('obedient', async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      reason = signal.reason
    })
    await using h = harness({ clock, agents: [obedient] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'obedient', max_runtime_sec: 1.5 })
    await clock.settle()
    clock.advance(1_499)
    await clock.settle()
    expect(peer.frames.at(-1)?.type).toBe('job.started')
    clock.advance(1)
    await clock.settle()
    expect(peer.frames.at(-1)).toMatchObject({
      type: 'job.failed',
      job_id,
      payload: { error: { code: 'TIMEOUT', message: 'the job ran longer than 1.5 s', retryable: false } },
    })
    expect(reason).toMatchObject({ code: 'TIMEOUT' })
  })

  it('waits one second for a job that does not', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    await using h = harness({ clock, agents: [held.implementation] })
    const peer = await h.connect()
    await submitted(peer, { agent: 'held', max_runtime_sec: 2 })
    await clock.settle()
    clock.advance(2_000)
    await clock.settle()
    clock.advance(999)
    await clock.settle()
    expect(peer.frames.at(-1)?.type).toBe('job.started')
    clock.advance(1)
    await clock.settle()
    expect(peer.frames.at(-1)).toMatchObject({ payload: { error: { code: 'TIMEOUT' } } })
    held.gate.open('late')
  })

  it('is forgotten when the job ends in time (R-LIF-8)', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [echo] })
    const peer = await h.connect()
    await drive(clock, outcome(peer, { agent: 'echo', max_runtime_sec: 60 }))
    const left = clock.timers
    await drive(clock, outcome(peer, { agent: 'echo', max_runtime_sec: 0.001 }))
    expect(clock.timers).toBe(left)
    const frames = peer.frames.length
    clock.advance(120_000)
    await clock.settle()
    expect(peer.frames).toHaveLength(frames)
  })
})

describe('an agent that changes what it was told of its lease', () => {
  it('is granted no more than before (R-AUT-4)', async () => {
    const greedy = agentOf('greedy', async (_, ctx) => {
      ctx.lease['tool.call']?.push('**')
      ctx.lease['model.use'] = ['**']
      const denied = async (what: Promise<unknown>) =>
        what.then(
          () => 'allowed',
          (error) => error.code,
        )
      return [await denied(ctx.tool('rm', {}, () => 1)), await denied(ctx.model('large'))]
    })
    await using h = harness({ agents: [greedy] })
    const peer = await h.connect()
    const ended = await outcome(peer, { agent: 'greedy', lease_request: { 'tool.call': ['ls'] } })
    expect(ended.payload.result).toEqual(['PERMISSION_DENIED', 'PERMISSION_DENIED'])
  })
})

describe('an agent that goes on after its job has ended', () => {
  it('gets a rejection for every emit, tool, write and summary, and nothing reaches the wire', async () => {
    let ctx!: AgentContext
    let writer!: WritableStreamDefaultWriter<unknown>
    const leaking = agentOf('leaking', (_, context) => {
      ctx = context
      writer = context.resultStream().getWriter()
      return 'done'
    })
    await using h = harness({ agents: [echo, leaking] })
    const peer = await h.connect()
    await outcome(peer, { agent: 'leaking', lease_request: { 'tool.call': ['*'] } })
    const frames = peer.frames.length
    const called = gate()
    const ended = { code: 'INVALID_REQUEST', message: 'the job has ended' }
    await expect(ctx.log({ level: 'info', message: 'm' })).rejects.toMatchObject(ended)
    await expect(ctx.progress({ current: 1 })).rejects.toMatchObject(ended)
    await expect(ctx.emit('x-a.b', 1)).rejects.toMatchObject(ended)
    await expect(ctx.tool('t', {}, () => called.open())).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: 'the job has ended, and its lease with it',
    })
    // Its stream was over before, with the value that was returned beside it.
    await expect(writer.write('late')).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    ctx.summarize('late')
    await outcome(peer, { agent: 'echo' })
    expect(peer.frames.slice(frames).map(({ type }) => type)).toEqual([
      'job.accepted',
      'job.queued',
      'job.started',
      'job.completed',
    ])
    expect(await Promise.race([called.promise, Promise.resolve('not called')])).toBe('not called')
  })

  it('and looks at none of these rejections harms nobody (R-LIF-15)', async () => {
    let ctx!: AgentContext
    let stream!: ReturnType<AgentContext['resultStream']>
    const leaking = agentOf('leaking', (_, context) => {
      ctx = context
      stream = context.resultStream()
    })
    await using h = harness({ agents: [echo, leaking] })
    const peer = await h.connect()
    await outcome(peer, { agent: 'leaking' })
    void ctx.log({ level: 'info', message: 'm' })
    void ctx.emit('x-a.b', 1)
    void ctx.emit('not-mine' as 'x-', 1)
    void ctx.progress({ current: -1 })
    void ctx.tool('t', {}, () => 1)
    const writer = stream.getWriter()
    void writer.write('late')
    void writer.write('later')
    void writer.close()
    void writer.abort()
    writer.releaseLock()
    void stream.close()
    void stream.abort()
    expect((await outcome(peer, { agent: 'echo', input: 1 })).payload.result).toBe(1)
  })
})

describe('an agent that waits at its full log', () => {
  it('notices at once that it has been told to stop', async () => {
    const clock = new TestClock()
    const chatty = agentOf('chatty', async (_, ctx) => {
      for (let current = 0; !ctx.signal.aborted; current++) await ctx.progress({ current })
    })
    const h = harness({ clock, agents: [chatty], limits: { logEvents: 50 } })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'chatty' })
    await peer.close()
    for (let i = 0; i < 10; i++) await clock.settle()
    const other = await h.connect()
    other.request('job.subscribe', { job_id, after_seq: 0 })
    await drive(clock, h.runtime.close())
    expect(other.frames.map(({ type }) => type)).toContain('job.failed')
    expect(clock.monotonic(), 'no time has passed').toBe(0)
  })
})

describe('cancel and its timers', () => {
  it('R-LIF-8: a cancelled job leaves no timer behind', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    await using h = harness({ clock, agents: [held.implementation] })
    const peer = await h.connect()
    const idle = clock.timers
    const { job_id } = await submitted(peer, { agent: 'held', max_runtime_sec: 60 })
    await clock.settle()
    await drive(clock, eventOf(peer, job_id, 'job.started'))
    peer.request('job.cancel', { job_id })
    await clock.settle()
    held.gate.open('ok')
    await drive(clock, terminalOf(peer, job_id))
    expect(clock.timers, 'one to sweep ended jobs').toBe(idle + 1)
  })
})
