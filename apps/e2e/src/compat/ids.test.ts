import { connect } from '@arcp/client'
import { compat } from '@arcp/compat'
import { agent } from '@arcp/protocol'
import { memoryDialer } from '@arcp/protocol/transport'
import { createRuntime, implement, staticTokens } from '@arcp/runtime'
import { type RawFrame, scriptedPeer, testAcceptor } from '@arcp/testkit'
import { expect, it } from 'vitest'

/** What the SDK for Python takes for an id: a ULID, alone or behind a prefix, or a UUID of version 7. */
const ID =
  /^(([a-z]+_)?[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/
/** And for a trace. */
const TRACE = /^(?!0{32})[0-9a-f]{32}$/

function expectIds(frames: readonly RawFrame[]): void {
  for (const { type, id, session_id, job_id, trace_id } of frames) {
    for (const each of [id, session_id, job_id]) if (each !== undefined) expect(each, type).toMatch(ID)
    if (trace_id !== undefined) expect(trace_id, type).toMatch(TRACE)
  }
}

it('every id that a client for Python is sent has a form it takes, those made up among them', async () => {
  await using runtime = createRuntime({
    name: 'e2e',
    version: '1.0.0',
    auth: staticTokens({ 'test-token': 'ada' }),
    agents: [implement(agent({ name: 'echo', version: '1.0.0' }), (input) => input)],
  })
  const frames: RawFrame[] = []
  const dial = async (token: string) => {
    const transport = await memoryDialer(compat(runtime, { openRequests: 1 })).open(
      new AbortController().signal,
    )
    const peer = scriptedPeer(transport)
    const capabilities = { encodings: ['json'], features: ['ack', 'list_jobs'], agents: [] }
    const client = { name: 'my-app', version: '1' }
    peer.send({
      ...{ arcp: '1.1', id: 'h', type: 'session.hello' },
      payload: { client, auth: { scheme: 'bearer', token }, capabilities },
    })
    return peer
  }
  const say = (id: string, type: string, payload: object) => ({ arcp: '1.1', id, type, payload })

  const refused = await dial('wrong')
  await refused.closed
  const peer = await dial('test-token')
  await peer.next('session.welcome')
  peer.send(say('s1', 'job.submit', { agent: 'nobody' }))
  // One too many, which the translator itself refuses.
  peer.send(say('s2', 'job.submit', { agent: 'echo' }))
  const told = [await peer.next('job.error'), await peer.next('job.error')]
  expect(told.map(({ payload }) => payload.code).sort()).toEqual(['AGENT_NOT_AVAILABLE', 'INTERNAL_ERROR'])
  peer.send(say('s3', 'job.submit', { agent: 'echo', input: 1 }))
  const { job_id } = await peer.next('job.result')
  peer.send(say('c1', 'job.cancel', { job_id }))
  await peer.next('job.cancelled')
  peer.send(say('p1', 'session.ping', { nonce: 'n' }))
  await peer.next('session.pong')
  frames.push(...refused.frames, ...peer.frames)
  expect(new Set(frames.map(({ type }) => type))).toEqual(
    new Set([
      ...['session.error', 'session.welcome', 'session.pong'],
      ...['job.accepted', 'job.error', 'job.event', 'job.result', 'job.cancelled'],
    ]),
  )
  expectIds(frames)
})

it('every id that our client sends a runtime for Python has a form it takes, those of the translator among them', async () => {
  const acceptor = testAcceptor()
  const connecting = connect(compat(memoryDialer(acceptor)), { token: 't' })
  const peer = scriptedPeer((await acceptor.next()).transport)
  const of = (letter: string) => `${letter}_${'0'.repeat(26)}`
  const say = (type: string, payload: object, fields: object = {}) =>
    peer.send({ arcp: '1.1', id: of('msg'), type, session_id: of('sess'), payload, ...fields })
  await peer.next('session.hello')
  say('session.welcome', {
    runtime: { name: 'r', version: '1' },
    resume_token: of('rtk'),
    resume_window_sec: 600,
    capabilities: { encodings: ['json'], features: ['ack', 'list_jobs', 'subscribe'], agents: [] },
  })
  const client = await connecting
  const submitting = client.submit('echo', 1, { idempotencyKey: 'k' })
  const { id } = await peer.next('job.submit')
  // Of another session: the translator asks for it by itself.
  const job_id = of('job')
  say(
    'job.accepted',
    { request_id: id, job_id, agent: 'echo' },
    { job_id, session_id: of('sess').replace('0', '1') },
  )
  const job = await submitting
  const { id: request_id } = await peer.next('job.subscribe')
  say('job.subscribed', { request_id, job_id, current_status: 'running' }, { job_id })
  const pong = async () =>
    say('session.pong', { ping_nonce: (await peer.next('session.ping')).payload.nonce })
  await pong()
  const cancelling = job.cancel()
  await peer.next('job.cancel')
  await pong()
  expect(await cancelling).toBe('running')
  expectIds(peer.frames)
  const closing = client.close()
  await peer.next('session.bye')
  await peer.close()
  await closing
})
