import { connect } from '@arcp/client'
import { compat } from '@arcp/compat'
import { agent } from '@arcp/protocol'
import { memoryDialer } from '@arcp/protocol/transport'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { type RawFrame, scriptedPeer, testAcceptor } from '@arcp/testkit'
import { expect, it } from 'vitest'

/** A moment as C# writes it: to a tenth of a microsecond, and with the offset of UTC. */
const asOfCsharp = (ms: number) => new Date(ms).toISOString().replace('Z', '0000+00:00')

const HOUR = 3_600_000

it('a client for C# may write moments its own way, and each frame with one of its own', async () => {
  await using runtime = createRuntime({
    name: 'e2e',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada' }),
    agents: [implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)],
  })
  const transport = await memoryDialer(compat(runtime)).open(new AbortController().signal)
  await using peer = scriptedPeer(transport)
  const now = Date.now()
  const say = (id: string, type: string, payload: object) =>
    peer.send({ arcp: '1.1', id, type, timestamp: asOfCsharp(now), payload })
  say('h', 'session.hello', {
    client: { name: 'my app', version: '1' },
    auth: { scheme: 'bearer', token: 'test-token' },
    capabilities: { encodings: ['json'], features: ['list_jobs'] },
  })
  await peer.next('session.welcome')
  say('p', 'session.ping', { nonce: 'n', sent_at: asOfCsharp(now) })
  expect((await peer.next('session.pong')).payload.ping_nonce).toBe('n')
  say('s', 'job.submit', {
    agent: 'echo',
    input: 1,
    lease_constraints: { expires_at: asOfCsharp(now + HOUR) },
  })
  const { payload } = await peer.next('job.accepted')
  const { expires_at } = payload.lease_constraints as { expires_at: string }
  expect(Date.parse(expires_at)).toBe(now + HOUR)
  await peer.next('job.result')
  const listed = async (filter: object) => {
    say('l', 'session.list_jobs', { filter })
    const page: RawFrame = await peer.next('session.jobs')
    return (page.payload.jobs as unknown[]).length
  }
  expect(
    await listed({ created_after: asOfCsharp(now - HOUR), created_before: asOfCsharp(now + HOUR) }),
  ).toBe(1)
  expect(await listed({ created_after: asOfCsharp(now + HOUR) })).toBe(0)
})

it('a runtime for C# may, too', async () => {
  const acceptor = testAcceptor()
  const connecting = connect(compat(memoryDialer(acceptor)), { token: 't' })
  const peer = scriptedPeer((await acceptor.next()).transport)
  const now = Date.UTC(2026, 0, 1)
  const say = (type: string, payload: object, fields: object = {}) =>
    peer.send({
      arcp: '1.1',
      id: 'id',
      type,
      session_id: 'sess_1',
      timestamp: asOfCsharp(now),
      ...fields,
      payload,
    })
  await peer.next('session.hello')
  say('session.welcome', {
    runtime: { name: 'my app', version: '1' },
    resume_token: 'secret',
    resume_window_sec: 600,
    accepted_at: asOfCsharp(now),
    capabilities: { encodings: ['json'], features: ['list_jobs'], agents: [] },
  })
  const client = await connecting
  const submitting = client.submit('echo', 1, { expiresAt: new Date(now + HOUR) })
  // It takes `Z` only, whatever it writes itself.
  expect((await peer.next('job.submit')).payload.lease_constraints).toEqual({
    expires_at: '2026-01-01T01:00:00.000Z',
  })
  const lease_constraints = { expires_at: asOfCsharp(now + HOUR) }
  const of = { job_id: 'job_1' }
  say(
    'job.accepted',
    { ...of, agent: 'echo', lease: {}, accepted_at: asOfCsharp(now), lease_constraints },
    of,
  )
  const job = await submitting
  say(
    'job.event',
    { kind: 'log', ts: asOfCsharp(now), body: { level: 'info', message: 'm' } },
    { ...of, event_seq: 1 },
  )
  const completed_at = asOfCsharp(now + 1)
  say('job.result', { final_status: 'success', result: 1, completed_at }, { ...of, event_seq: 2 })
  const moments: number[] = []
  for await (const { ts } of job.events()) moments.push(Date.parse(ts))
  expect(moments).toEqual([now, now + 1])
  expect(await job.result()).toBe(1)

  const listed: string[] = []
  const listing = (async () => {
    const before = new Date(now + 1_000).toISOString()
    for await (const { job_id } of client.listJobs({ created_before: before })) listed.push(job_id)
  })()
  const { id: request_id } = await peer.next('session.list_jobs')
  const entry = (job_id: string, ms: number) => ({
    ...{ job_id, agent: 'echo', status: 'success', lease: {}, last_event_seq: 1 },
    created_at: asOfCsharp(ms),
  })
  say('session.jobs', {
    request_id,
    jobs: [entry('job_1', now), entry('job_2', now + 1_000)],
    next_cursor: null,
  })
  await listing
  expect(listed).toEqual(['job_1'])
  const closing = client.close()
  await peer.next('session.bye')
  await peer.close()
  await closing
})
