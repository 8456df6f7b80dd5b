import { DuplicateKeyError } from '@arcp/protocol'
import { describe, expect } from 'vitest'
import { clientSession, connected, done, rejected, type TheirEvent, wordOf } from './client-session'
import { columnOf } from './findings'
import { type Link, PARTS } from './links'
import { eventsOf, KEEPING, rejected as rejectedThere, runtimeSession } from './runtime-session'

/** Idempotency keys, in both directions. */
export function keys(python: string, link: Link): void {
  keysHere(python, link)
  keysThere(python, link)
}

function keysHere(python: string, link: Link): void {
  const { works } = columnOf('Python client → our runtime', link.carrier)
  const session = () => clientSession(python, link)

  describe(`the Python client at our runtime, with keys, over ${link.carrier}`, () => {
    works('idempotent retry', async () => {
      await using s = await session()
      const submit = { agent: 'echo', input: { n: 1 }, idempotency_key: 'k' }
      const first = await s.submit(submit)
      await done(s.theirs, first.job_id)
      expect(await s.submit(submit)).toMatchObject({ job_id: first.job_id })
      expect(await done(s.theirs, first.job_id)).toMatchObject({ result: { n: 1 } })
    })

    works('idempotent retry from another session', async () => {
      await using s = await session()
      await using other = await connected(python, s.ours)
      const submit = { agent: 'puppet', input: 'p', idempotency_key: 'k' }
      const { job_id } = await s.submit(submit)
      await s.ours.puppets.pull('p', (ctx) => ctx.log({ level: 'info', message: 'before' }))
      expect(await other.call('submit', submit)).toMatchObject({ job_id })
      await s.ours.puppets.pull('p', (ctx) => ctx.log({ level: 'info', message: 'after' }))
      s.ours.puppets.end('p', 5)
      expect(await done(other, job_id)).toMatchObject({ result: 5 })
      expect(await done(s.theirs, job_id)).toMatchObject({ result: 5 })
      const events = await other.call<TheirEvent[]>('events', { job_id })
      expect(events.map(({ body }) => wordOf(body))).toEqual([
        'queued',
        'running',
        'before',
        'owner_changed',
        'after',
      ])
    })

    works('idempotency key of another submit', async () => {
      await using s = await session()
      const first = await s.submit({ agent: 'echo', input: 1, idempotency_key: 'k' })
      await done(s.theirs, first.job_id)
      await expect(rejected(s, { agent: 'echo', input: 2, idempotency_key: 'k' })).rejects.toMatchObject({
        name: 'DuplicateKeyError',
      })
    })
  })
}

function keysThere(python: string, link: Link): void {
  const { works } = columnOf('our client → Python runtime', link.carrier)
  const session = () => runtimeSession(python, link)

  describe(`the Python runtime, with our client, with keys, over ${link.carrier}`, () => {
    works('idempotent retry', async () => {
      await using s = await session()
      const options = { idempotencyKey: 'k', expiresInS: 60 }
      const first = await s.client.submit('echo', { n: 1 }, options)
      expect(await first.result()).toEqual({ n: 1 })
      const again = await s.client.submit('echo', { n: 1 }, options)
      expect(again.id).toBe(first.id)
      expect(await again.result()).toEqual({ n: 1 })
    })

    works('idempotent retry from another session', async () => {
      await using s = await session()
      const first = await s.connected(KEEPING)
      const key = (idempotencyKey: string) => ({ idempotencyKey })
      const running = await first.submit('puppet', 'p', key('runs'))
      await s.say('p', 'before')
      // What it has not sent yet is in no history either.
      await s.theirs.frame('out', ({ payload }) => wordOf(payload.body) === 'before')
      const again = await s.client.submit('puppet', 'p', key('runs'))
      expect(again.id).toBe(running.id)
      const events = again.events()
      expect(await events.next()).toMatchObject({ value: { seq: 1, message: 'before' } })
      await s.say('p', 'after')
      await s.pull('p', 'end', 5)
      expect(await eventsOf(events)).toMatchObject([
        { seq: 2, message: 'after' },
        { type: 'job.completed', seq: 3, result: 5 },
      ])
      const streamed = await first.submit('stream', { parts: PARTS, bytes: false }, key('ended'))
      expect(await streamed.result()).toBe(PARTS.join(''))
      for (const client of [first, s.client]) {
        const once = await client.submit('stream', { parts: PARTS, bytes: false }, key('ended'))
        expect([once.id, await once.result()]).toEqual([streamed.id, PARTS.join('')])
      }
    })

    works('idempotency key of another submit', async () => {
      const refused = rejectedThere(python, link, async (client) => {
        await client.submit('echo', 1, { idempotencyKey: 'k' })
        await client.submit('echo', 2, { idempotencyKey: 'k' })
      })
      await expect(refused).rejects.toThrow(DuplicateKeyError)
    })
  })
}
