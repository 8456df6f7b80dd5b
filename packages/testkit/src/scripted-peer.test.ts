import { memoryPair } from '@arcp/protocol/transport'
import { expect, test } from 'vitest'
import { scriptedPeer } from './scripted-peer'

function open() {
  const [left, right] = memoryPair()
  return [scriptedPeer(left), scriptedPeer(right)] as const
}

test('keeps frames that nobody has asked for yet, and hands out each once', async () => {
  const [peer, other] = open()
  other.send({ type: 'a', n: 1 })
  other.send({ type: 'b', n: 2 })
  other.send({ type: 'a', n: 3 })
  expect(await peer.next('b')).toMatchObject({ n: 2 })
  expect(await peer.next('a')).toMatchObject({ n: 1 })
  expect(await peer.next((frame) => frame.n === 3)).toMatchObject({ type: 'a' })
  const pending = peer.next()
  other.send({ type: 'c' })
  expect((await pending).type).toBe('c')
  expect(peer.frames.map((frame) => frame.type)).toEqual(['a', 'b', 'a', 'c'])
})

test('serves several waits, each with the first frame that matches', async () => {
  const [peer, other] = open()
  const waits = [peer.next('b'), peer.next('a'), peer.next('a')]
  other.send({ type: 'a', n: 1 })
  other.send({ type: 'a', n: 2 })
  other.send({ type: 'b', n: 3 })
  expect((await Promise.all(waits)).map((frame) => frame.n)).toEqual([3, 1, 2])
})

test('rejects a wait that can no longer be met, telling what arrived instead', async () => {
  const [peer, other] = open()
  other.send({ type: 'session.welcome' })
  other.send({ type: 'job.accepted' })
  await peer.next('session.welcome')
  const wait = peer.next('job.completed')
  await other.close(4000, 'gone')
  await expect(wait).rejects.toThrow(
    'waited for job.completed, but the transport closed (4000 "gone"); arrived: session.welcome (taken), job.accepted',
  )
  expect(await peer.closed).toEqual({ code: 4000, reason: 'gone' })
  expect((await peer.next('job.accepted')).type).toBe('job.accepted')
  await expect(peer.next()).rejects.toThrow('waited for any frame')
})

test.each(['not json', '[]', 'null'])('rejects waits when %s arrives', async (text) => {
  const [peer, other] = open()
  other.send(text)
  await expect(peer.next('any')).rejects.toThrow(`a frame that is no JSON object arrived: ${text}`)
})

test('says a valid hello and uses the session id of the welcome from then on', async () => {
  const [peer, runtime] = open()
  const welcome = peer.hello({ auth: { scheme: 'bearer', token: 'mine' } })
  const hello = await runtime.next('session.hello')
  expect(hello).toEqual({
    arcp: '1.1',
    id: hello.id,
    type: 'session.hello',
    payload: {
      client: { name: 'scripted-peer', version: '1.0.0' },
      auth: { scheme: 'bearer', token: 'mine' },
      capabilities: { encodings: ['json'], features: ['typed_events'] },
    },
  })
  runtime.send({ arcp: '1.1', id: 'w', type: 'session.welcome', session_id: 's1', payload: {} })
  expect((await welcome).id).toBe('w')
  const id = peer.request('job.cancel', { job_id: 'j1' }, { job_id: 'j1' })
  expect(await runtime.next('job.cancel')).toEqual({
    arcp: '1.1',
    id,
    type: 'job.cancel',
    session_id: 's1',
    job_id: 'j1',
    payload: { job_id: 'j1' },
  })
  expect(id).not.toBe(hello.id)
})

test('rejects a hello that is refused', async () => {
  const [peer, runtime] = open()
  runtime.send({ type: 'session.error', payload: { code: 'UNAUTHENTICATED' } })
  await expect(peer.hello()).rejects.toThrow('hello refused: {"code":"UNAUTHENTICATED"}')
})

test('closes when disposed', async () => {
  const [peer, other] = open()
  {
    await using _ = peer
  }
  expect(await other.closed).toEqual({ code: 1000, reason: '' })
})
