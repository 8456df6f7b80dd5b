import { ConnectionError } from '@arcp/protocol'
import { collect } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { conversation } from '../testing/conversation'

describe('numbers', () => {
  it('R-NUM-6 a gap in event_seq ends the connection, saying so', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const events = collect(job.events())
    const result = job.result()
    talk.event('job_1', 'job.queued', 1)
    talk.say('job.progress', { seq: 2, ts: '', current: 1 }, { job_id: 'job_1', event_seq: 3 })
    await expect(result).rejects.toThrow(ConnectionError)
    await expect(result).rejects.toThrow('event_seq 3 where 2 was due')
    await expect(events).rejects.toThrow('event_seq 3 where 2 was due')
    await talk.peer.closed
    expect(talk.client.state).toBe('closed')
    expect(talk.logs.lines).toContain('warn: the connection broke')
  })

  it('R-NUM-6 counts what is numbered, whatever its type', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.say('x-acme.notice', {}, { event_seq: 1 })
    talk.say('job.completed', { seq: 1, ts: '', result: 1 }, { job_id: 'job_1', event_seq: 2 })
    expect(await job.result()).toBe(1)
  })

  it('passes over a number it has had', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.queued', 1)
    talk.say('job.progress', { seq: 2, ts: '', current: 9 }, { job_id: 'job_1', event_seq: 1 })
    talk.event('job_1', 'job.completed', 2, { result: 1 })
    expect((await collect(job.events())).map(({ type }) => type)).toEqual(['job.queued', 'job.completed'])
  })
})

describe('frames that concern nobody leave the session and its jobs alone', () => {
  it.each([
    ['not JSON', '{"arcp":', 'warn: frame ignored'],
    ['no object', '[1]', 'warn: frame ignored'],
    ['no payload', '{"arcp":"1.1","id":"a","type":"b"}', 'warn: frame ignored'],
    [
      'of another session',
      '{"arcp":"1.1","id":"a","type":"session.closed","session_id":"other","payload":{"reason":"shutdown"}}',
      'warn: frame ignored',
    ],
    [
      'of an unknown type',
      '{"arcp":"1.1","id":"a","type":"session.news","payload":{}}',
      'debug: frame ignored',
    ],
    [
      'a job heartbeat',
      '{"arcp":"1.1","id":"a","type":"job.heartbeat","job_id":"job_1","payload":{"running_for_ms":5}}',
      'debug: frame ignored',
    ],
    [
      'an error nobody asked for',
      '{"arcp":"1.1","id":"a","type":"session.error","payload":{"code":"INTERNAL_ERROR","message":"m"}}',
      'warn: frame ignored',
    ],
  ])('%s', async (_, frame, line) => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.peer.send(frame)
    talk.event('job_1', 'job.completed', 1, { result: 'fine' })
    expect(await job.result()).toBe('fine')
    expect(talk.logs.lines).toEqual([line])
  })

  it('an event of a job nobody knows', async () => {
    await using talk = await conversation()
    talk.event('job_0', 'job.progress', 4, { current: 1 })
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.completed', 1, { result: 'fine' })
    expect(await job.result()).toBe('fine')
  })
})

describe('pings', () => {
  it('are answered with their nonce and the time', async () => {
    await using talk = await conversation()
    talk.say('session.ping', { nonce: 'n7', sent_at: '2026-01-01T00:00:00.000Z' })
    expect((await talk.peer.next('session.pong')).payload).toEqual({
      ping_nonce: 'n7',
      received_at: '2026-01-01T00:00:00.000Z',
    })
  })

  it('without a nonce are not', async () => {
    await using talk = await conversation()
    talk.say('session.ping', {})
    talk.say('session.ping', { nonce: 'n8' })
    expect((await talk.peer.next('session.pong')).payload).toMatchObject({ ping_nonce: 'n8' })
  })
})
