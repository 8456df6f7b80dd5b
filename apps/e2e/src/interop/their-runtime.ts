import { connect } from '@arcp/client'
import {
  AgentNotAvailableError,
  AgentVersionNotAvailableError,
  BudgetExhaustedError,
  CancelledError,
  InvalidRequestError,
  LeaseExpiredError,
  PermissionDeniedError,
  ResumeWindowExpiredError,
  UnauthenticatedError,
} from '@arcp/protocol'
import { describe, expect } from 'vitest'
import { wordOf } from './client-session'
import { columnOf } from './findings'
import { type Link, PARTS } from './links'
import { eventsOf, KEEPING, PATIENT, rejected, runtimeSession } from './runtime-session'

/** What comes when it comes. */
const UNCOUNTED = ['session.ping', 'session.pong', 'session.ack']

/** The Python runtime, used by our client. */
export function theirRuntime(python: string, link: Link): void {
  const { works, fault } = columnOf('our client → Python runtime', link.carrier)

  const session = () => runtimeSession(python, link)

  describe(`the Python runtime, with our client, over ${link.carrier}`, () => {
    works('handshake', async () => {
      await using s = await session()
      expect(s.client.runtime).toMatchObject({ name: 'interop-python', version: '1.1.3' })
      expect(s.client.sessionId).toMatch(/^sess_/)
      expect(s.client.agents).toContainEqual({ name: 'echo', versions: ['1.0.0', '2.0.0'], default: '1.0.0' })
      expect(s.client.features).toContain('list_jobs')
    })

    works('submit, inline result', async () => {
      await using s = await session()
      const job = await s.client.submit('echo', { a: [1, null, 'ä'] })
      expect(job.agent).toBe('echo@1.0.0')
      expect(await job.result()).toEqual({ a: [1, null, 'ä'] })
    })

    works('the largest submit', async () => {
      await using s = await session()
      const running = await s.client.submit('puppet', 'p')
      const empty = await s.client.submit('echo', '')
      expect(await empty.result()).toBe('')
      const sent = await s.theirs.frame('in', ({ payload }) => payload.agent === 'echo')
      const room = link.maxFrameBytes - JSON.stringify(sent).length
      const largest = await s.client.submit('echo', 'x'.repeat(room))
      expect(await largest.result()).toHaveLength(room)
      await expect(s.client.submit('echo', 'x'.repeat(room + 1))).rejects.toThrow(InvalidRequestError)
      await s.pull('p', 'end', 'unharmed')
      expect(await running.result()).toBe('unharmed')
      expect(s.theirs.frames.filter(({ frame }) => frame.type === 'session.hello')).toHaveLength(1)
    })

    works('every event kind', async () => {
      await using s = await session()
      const job = await s.client.submit('every', null)
      const events = await eventsOf(job.events())
      expect(events).toMatchObject([
        { type: 'job.log', seq: 1, level: 'info', message: 'a line', attributes: { n: 1 } },
        { type: 'job.progress', seq: 2, current: 1, total: 2, units: 'steps', message: 'half' },
        { type: 'job.thought', seq: 3, text: 'hm' },
        { type: 'job.status', seq: 4, phase: 'thinking', message: 'hard' },
        { type: 'job.tool_call', seq: 5, call_id: 'call_1', tool: 'grep', args: { for: 'x' } },
        { type: 'job.tool_result', seq: 6, call_id: 'call_1', result: ['x'] },
        { type: 'job.metric', seq: 7, name: 'files', value: 2, unit: 'count', dimensions: { kind: 'py' } },
        { type: 'job.artifact_ref', seq: 8, uri: 'file:///a', content_type: 'text/plain', byte_size: 3 },
        { type: 'job.delegate', seq: 9, child_job_id: 'job_child', agent: 'echo' },
        { type: 'x-vendor.acme.note', seq: 10, body: { any: ['json'] } },
        { type: 'x-draft.event', seq: 11, body: { kind: 'completed', body: { result: 'not yet' } } },
        { type: 'job.completed', seq: 12, result: 'done' },
      ])
    })

    works('chunked result', async () => {
      await using s = await session()
      const text = await s.client.submit('stream', { parts: PARTS, bytes: false })
      expect(await text.result()).toBe(PARTS.join(''))
      const bytes = await s.client.submit('stream', { parts: PARTS, bytes: true })
      expect(await bytes.result()).toEqual(new Uint8Array(Buffer.from(PARTS.join(''))))
    })

    works('a job that fails', async () => {
      await using s = await session()
      const job = await s.client.submit('refuse', null)
      await expect(job.result()).rejects.toThrow(PermissionDeniedError)
    })

    works('cancel', async () => {
      await using s = await session()
      const job = await s.client.submit('puppet', 'p')
      await s.say('p', 'runs')
      expect(await job.cancel('enough')).toBe('running')
      await expect(job.result()).rejects.toThrow(CancelledError)
      await expect(job.result()).rejects.toThrow('enough')
    })

    works('listing jobs', async () => {
      await using s = await session()
      const one = await s.client.submit('echo', 1)
      await one.result()
      const two = await s.client.submit('refuse', null)
      await expect(two.result()).rejects.toThrow('not you')
      const three = await s.client.submit('puppet', 'p')
      await s.say('p', 'runs')
      const listed = async (filter = {}) => {
        const found: unknown[] = []
        for await (const { job_id, status } of s.client.listJobs(filter)) found.push([job_id, status])
        return found
      }
      expect(await listed()).toEqual([
        [one.id, 'completed'],
        [two.id, 'failed'],
        [three.id, 'running'],
      ])
      expect(await listed({ status: ['failed'] })).toEqual([[two.id, 'failed']])
      expect(await listed({ agent: 'echo' })).toEqual([[one.id, 'completed']])
      expect(await listed({ created_before: '2000-01-01T00:00:00Z' })).toEqual([])
    })

    works('subscribing with history', async () => {
      await using s = await session()
      const owner = await s.connected(KEEPING)
      const job = await owner.submit('puppet', 'p')
      await s.say('p', 'before')
      // What it has not sent yet is not in its history either.
      await s.theirs.frame('out', ({ payload }) => wordOf(payload.body) === 'before')
      const other = await s.connected()
      const watched = await other.subscribe(job.id, { afterSeq: 0 })
      await s.say('p', 'after')
      await s.pull('p', 'end', 5)
      expect(await eventsOf(watched.events())).toMatchObject([
        { seq: 1, message: 'before' },
        { seq: 2, message: 'after' },
        { type: 'job.completed', seq: 3, result: 5 },
      ])
    })

    fault('resuming after a cut', async () => {
      await using s = await session()
      const job = await s.client.submit('puppet', 'p')
      await s.say('p', 'before')
      const events = job.events()
      expect(await events.next()).toMatchObject({ value: { seq: 1, message: 'before' } })
      await s.theirs.settle()
      const before = s.theirs.frames.length
      await s.theirs.call('cut')
      await expect(events.next()).rejects.toThrow(ResumeWindowExpiredError)
      await s.say('p', 'after')
      await s.pull('p', 'end', 5)
      const after = await s.client.submit('echo', 'goes on')
      expect(await after.result()).toBe('goes on')
      await s.theirs.settle()
      const frames = s.theirs.frames.slice(before)
      const about = frames.filter(({ frame }) => frame.job_id === job.id)
      expect(about).toEqual([])
      return {
        says: [
          'The session is resumed, but what its jobs say from the cut on is sent to the old connection: nobody gets it,',
          'and no history has it. So that nobody waits for good, our client is told `RESUME_WINDOW_EXPIRED` for each job that had',
          'not ended; the session goes on.',
        ].join(' '),
        frames: frames.filter(({ frame }) => !UNCOUNTED.includes(frame.type)),
      }
    })

    works('budget and exhaustion', async () => {
      await using s = await session()
      const job = await s.client.submit('puppet', 'p', {
        lease: { 'cost.budget': ['USD:1.00'], 'tool.call': ['*'] },
      })
      expect(job.budget).toEqual({ USD: '1' })
      await s.pull('p', 'spend', '1.00')
      await expect(s.pull('p', 'use', ['tool.call', 'grep'])).rejects.toMatchObject({
        code: 'BUDGET_EXHAUSTED',
      })
      await expect(job.result()).rejects.toThrow(BudgetExhaustedError)
    })

    works('expiry of a lease', async () => {
      await using s = await session()
      const job = await s.client.submit('puppet', 'p', { expiresInS: 600 })
      await s.say('p', 'runs')
      await s.theirs.call('hasten', { seconds: 600 })
      await expect(job.result()).rejects.toThrow(LeaseExpiredError)
    })

    works('unknown agent', async () => {
      const refused = rejected(python, link, (client) => client.submit('nobody', 1))
      await expect(refused).rejects.toThrow(AgentNotAvailableError)
    })

    works('unknown version', async () => {
      const refused = rejected(python, link, (client) => client.submit('echo@9.9.9', 1))
      await expect(refused).rejects.toThrow(AgentVersionNotAvailableError)
    })

    works('unknown token', async () => {
      await using s = await session()
      await expect(connect(s.dialer, { token: 'wrong', limits: PATIENT })).rejects.toThrow(
        UnauthenticatedError,
      )
    })

    works('heartbeat', async () => {
      await using s = await session()
      expect(await (await s.client.submit('echo', 'lives')).result()).toBe('lives')
      await s.theirs.call('hasten', { seconds: 30 })
      const ping = await s.theirs.frame('out', ({ type }) => type === 'session.ping')
      const pong = await s.theirs.frame('in', ({ type }) => type === 'session.pong')
      expect(pong.payload.ping_nonce).toBe(ping.payload.nonce)
      expect(await (await s.client.submit('echo', 'still')).result()).toBe('still')
    })

    works('close', async () => {
      await using s = await session()
      const job = await s.client.submit('puppet', 'p')
      await s.client.close('done here')
      const bye = await s.theirs.frame('in', ({ type }) => type === 'session.bye')
      expect(bye.payload).toEqual({ reason: 'done here' })
      const other = await s.connected()
      const watched = await other.subscribe(job.id)
      await s.pull('p', 'end', 'ran on')
      expect(await watched.result()).toBe('ran on')
    })
  })
}
