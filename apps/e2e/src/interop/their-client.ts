import { BudgetExhaustedError, systemClock } from '@arcp/protocol'
import type { RuntimeOptions } from '@arcp/runtime'
import { TestClock } from '@arcp/testkit'
import { describe, expect } from 'vitest'
import { clientSession, connected, done, rejected, type TheirEvent, wordOf } from './client-session'
import { columnOf } from './findings'
import { type Link, PARTS } from './links'
import { ourRuntime } from './our-runtime'
import { startProgram } from './program'

/** Time that passes when a test says so; what is put off for others' sake alone is not. */
function testTime(): TestClock {
  const clock = new TestClock()
  clock.defer = systemClock.defer
  return clock
}

/** The Python client at our runtime. */
export function theirClient(python: string, link: Link): void {
  const { works, fault } = columnOf('Python client → our runtime', link.carrier)

  const session = (options?: Partial<RuntimeOptions>) => clientSession(python, link, options)

  describe(`the Python client at our runtime, over ${link.carrier}`, () => {
    works('handshake', async () => {
      await using ours = await ourRuntime(link)
      await using theirs = startProgram(python, 'client.py')
      const welcome = await theirs.call('connect', ours.target)
      expect(welcome).toMatchObject({
        runtime: { name: 'ours', version: '1.0.0' },
        session_id: expect.stringMatching(/^sess_/),
        capabilities: {
          agents: expect.arrayContaining([{ name: 'echo', versions: expect.any(Array), default: '2.0.0' }]),
        },
      })
    })

    works('submit, inline result', async () => {
      await using s = await session()
      const { job_id, agent } = await s.submit({ agent: 'echo', input: { a: [1, null, 'ä'] } })
      expect(agent).toBe('echo@2.0.0')
      expect(await done(s.theirs, job_id)).toMatchObject({
        final_status: 'success',
        result: { a: [1, null, 'ä'] },
      })
    })

    works('the largest submit', async () => {
      await using s = await session()
      // Python writes a space behind each comma and colon, and the SDK a field more here and there.
      const input = 'x'.repeat(link.maxFrameBytes - 1_000)
      const { job_id } = await s.submit({ agent: 'echo', input })
      const result = Buffer.from(await s.theirs.call<string>('chunks', { job_id }), 'base64')
      expect(JSON.parse(result.toString())).toBe(input)
    })

    works('every event kind', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'every', lease_request: { 'tool.call': ['*'] } })
      const events = await s.theirs.call<TheirEvent[]>('events', { job_id })
      expect(events.map(({ kind, body }) => (kind === 'status' ? `status ${body.phase}` : kind))).toEqual([
        'status queued',
        'status running',
        'log',
        'progress',
        'thought',
        'status thinking',
        'tool_call',
        'tool_result',
        'metric',
        'artifact_ref',
        'x-vendor.acme.note',
      ])
      expect(await done(s.theirs, job_id)).toMatchObject({ result: 'done' })
    })

    works('chunked result', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'stream', input: { parts: PARTS } })
      const whole = Buffer.from(await s.theirs.call<string>('chunks', { job_id }), 'base64')
      expect(whole.toString()).toBe(PARTS.join(''))
      expect(await done(s.theirs, job_id)).toMatchObject({ result_size: whole.length })
    })

    works('a job that fails', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'refuse' })
      await expect(done(s.theirs, job_id)).rejects.toMatchObject({
        name: 'PermissionDeniedError',
        message: 'not you',
      })
    })

    works('cancel', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'puppet', input: 'p' })
      await s.theirs.call('cancel', { job_id, reason: 'enough' })
      await expect(done(s.theirs, job_id)).rejects.toMatchObject({ name: 'CancelledError' })
    })

    works('listing jobs', async () => {
      const clock = testTime()
      await using s = await session({ clock })
      const one = await s.submit({ agent: 'echo', input: 1 })
      await done(s.theirs, one.job_id)
      clock.advance(1)
      const two = await s.submit({ agent: 'refuse' })
      await expect(done(s.theirs, two.job_id)).rejects.toThrow('not you')
      clock.advance(1)
      const three = await s.submit({ agent: 'puppet', input: 'p' })
      await s.ours.puppets.pull('p', () => {})
      const listed = async (query: object) => {
        const { jobs } = await s.theirs.call<{ jobs: { job_id: string; status: string }[] }>(
          'list_jobs',
          query,
        )
        return jobs.map(({ job_id, status }) => [job_id, status])
      }
      expect(await listed({})).toEqual([
        [three.job_id, 'running'],
        [two.job_id, 'error'],
        [one.job_id, 'success'],
      ])
      expect(await listed({ filter: { status: ['error'] } })).toEqual([[two.job_id, 'error']])
      expect(await listed({ filter: { agent: 'echo@2.0.0' } })).toEqual([[one.job_id, 'success']])
      const page = await s.theirs.call<{ next_cursor: string }>('list_jobs', { limit: 2 })
      expect(await listed({ cursor: page.next_cursor })).toEqual([[one.job_id, 'success']])
    })

    fault('subscribing with history', async () => {
      await using s = await session()
      await using other = await connected(python, s.ours)
      const { job_id } = await s.submit({ agent: 'puppet', input: 'p' })
      await s.ours.puppets.pull('p', (ctx) => ctx.log({ level: 'info', message: 'before' }))
      await other.call('subscribe', { job_id, history: true })
      await s.ours.puppets.pull('p', (ctx) => ctx.log({ level: 'info', message: 'after' }))
      s.ours.puppets.end('p', 5)
      expect(await done(other, job_id)).toMatchObject({ result: 5 })
      const frames = other.frames.filter(({ frame }) => frame.job_id === job_id)
      const told = ['queued', 'running', 'before', 'after']
      expect(frames.map(({ frame }) => frame.type)).toEqual([
        'job.subscribe',
        'job.subscribed',
        ...told.map(() => 'job.event'),
        'job.result',
      ])
      expect(frames.slice(2, -1).map(({ frame }) => wordOf(frame.payload.body))).toEqual(told)
      const events = await other.call<TheirEvent[]>('events', { job_id })
      const handed = events.map(({ body }) => wordOf(body))
      expect(handed).toEqual(told.slice(told.length - handed.length))
      return {
        says: [
          'The client knows of the subscription only some time after its answer has come, and drops what comes in',
          'between: of the history all arrives, and the application may see none of it.',
        ].join(' '),
        frames,
      }
    })

    fault('resuming after a cut', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'puppet', input: 'p' })
      await s.ours.puppets.pull('p', (ctx) => ctx.log({ level: 'info', message: 'before' }))
      await s.theirs.frame('in', ({ payload }) => wordOf(payload.body) === 'before')
      const welcome = await s.theirs.frame('in', ({ type }) => type === 'session.welcome')
      const last_event_seq = await s.theirs.call<number>('position')
      await s.theirs.call('cut')
      await expect(done(s.theirs, job_id)).rejects.toMatchObject({ name: 'TransportClosed' })
      await s.ours.puppets.pull('p', (ctx) => ctx.log({ level: 'info', message: 'meanwhile' }))
      const { session_id, resume_token } = welcome.payload
      const before = s.theirs.frames.length
      await s.theirs.call('connect', {
        ...s.ours.target,
        resume: { session_id, resume_token, last_event_seq },
      })
      s.ours.puppets.end('p', 5)
      await s.theirs.frame('in', ({ type }) => type === 'job.result')
      const frames = s.theirs.frames.slice(before)
      expect(frames.map(({ frame }) => [frame.type, frame.event_seq])).toEqual([
        ['session.hello', undefined],
        ['session.welcome', undefined],
        ['job.event', last_event_seq + 1],
        ['job.result', last_event_seq + 2],
      ])
      return {
        says: [
          'The session is resumed, and all that was missed arrives. But the client forgets its jobs when the connection',
          'breaks, and has nobody to hand it to: a job has to be subscribed to again.',
        ].join(' '),
        frames,
      }
    })

    works('budget and exhaustion', async () => {
      await using s = await session()
      const lease_request = { 'cost.budget': ['USD:1.00'], 'tool.call': ['*'] }
      const { job_id, budget } = await s.submit({ agent: 'puppet', input: 'p', lease_request })
      expect(budget).toEqual({ USD: 'USD:1' })
      await s.ours.puppets.pull('p', (ctx) => ctx.spend('USD', '1.00'))
      await expect(s.ours.puppets.pull('p', (ctx) => ctx.tool('grep', {}, () => []))).rejects.toThrow(
        BudgetExhaustedError,
      )
      await expect(done(s.theirs, job_id)).rejects.toMatchObject({ name: 'BudgetExhaustedError' })
      const events = await s.theirs.call<TheirEvent[]>('events', { job_id })
      const costs = events.filter(({ kind }) => kind === 'metric').map(({ body }) => [body.name, body.value])
      expect(costs).toEqual([
        ['cost.spend', 1],
        ['cost.budget.remaining', 0],
        ['cost.budget.remaining', 0],
      ])
    })

    works('expiry of a lease', async () => {
      const clock = testTime()
      await using s = await session({ clock })
      const expires_at = new Date(clock.now() + 10_000).toISOString()
      const { job_id } = await s.submit({ agent: 'puppet', input: 'p', lease_constraints: { expires_at } })
      await s.ours.puppets.pull('p', () => {})
      clock.advance(10_000)
      await expect(done(s.theirs, job_id)).rejects.toMatchObject({ name: 'LeaseExpiredError' })
    })

    works('unknown agent', async () => {
      await using s = await session()
      await expect(rejected(s, { agent: 'nobody' })).rejects.toMatchObject({ name: 'AgentNotAvailableError' })
    })

    works('unknown version', async () => {
      await using s = await session()
      await expect(rejected(s, { agent: 'echo@9.9.9' })).rejects.toMatchObject({
        name: 'AgentVersionNotAvailableError',
      })
    })

    works('unknown token', async () => {
      await using ours = await ourRuntime(link)
      await using theirs = startProgram(python, 'client.py')
      const connecting = theirs.call('connect', { ...ours.target, token: 'wrong' })
      await expect(connecting).rejects.toMatchObject({ name: 'UnauthenticatedError' })
    })

    works('heartbeat', async () => {
      const clock = testTime()
      await using s = await session({ clock })
      clock.advance(30_000)
      const ping = await s.theirs.frame('in', ({ type }) => type === 'session.ping')
      const pong = await s.theirs.frame('out', ({ type }) => type === 'session.pong')
      expect(pong.payload.ping_nonce).toBe(ping.payload.nonce)
      const { job_id } = await s.submit({ agent: 'echo', input: 'lives' })
      expect(await done(s.theirs, job_id)).toMatchObject({ result: 'lives' })
    })

    works('close', async () => {
      await using s = await session()
      const { job_id } = await s.submit({ agent: 'puppet', input: 'p' })
      await s.theirs.call('close')
      await using other = await connected(python, s.ours)
      await other.call('subscribe', { job_id, history: true })
      s.ours.puppets.end('p', 'ran on')
      expect(await done(other, job_id)).toMatchObject({ result: 'ran on' })
    })
  })
}
