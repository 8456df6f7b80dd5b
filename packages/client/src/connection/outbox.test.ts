import { messageIds } from '@arcp/protocol'
import type { Transport } from '@arcp/protocol/transport'
import { seededRandom } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { Outbox } from './outbox'

function attached() {
  const batches: string[][] = []
  const transport: Transport = {
    start() {},
    send: (frames) => void batches.push([...frames]),
    close() {},
    bufferedBytes: 0,
  }
  const outbox = new Outbox(messageIds(seededRandom(3)))
  outbox.attach(transport, { session_id: 'ses_1', max_frame_bytes: 1_000 })
  return { outbox, batches }
}

it('sends what comes within one tick as one batch, in order', async () => {
  const { outbox, batches } = attached()
  for (const text of ['a', 'b', 'c']) outbox.send(text)
  expect(batches).toEqual([])
  await Promise.resolve()
  outbox.send('d')
  await Promise.resolve()
  expect(batches).toEqual([['a', 'b', 'c'], ['d']])
})

it('sends at once when told to, and nothing twice', async () => {
  const { outbox, batches } = attached()
  outbox.send('a')
  outbox.flush()
  outbox.flush()
  expect(batches).toEqual([['a']])
  await Promise.resolve()
  expect(batches).toEqual([['a']])
})

it('gives each frame an id of its own, the session, and the job its payload names', () => {
  const { outbox } = attached()
  const frames = [
    outbox.encode({ type: 'session.ack', payload: {} }),
    outbox.encode({ type: 'job.cancel', payload: { job_id: 'j' } }),
  ]
  const [first, second] = frames.map(({ text }) => JSON.parse(text))
  expect(first).toEqual({
    arcp: '1.1',
    id: frames[0]?.id,
    type: 'session.ack',
    session_id: 'ses_1',
    payload: {},
  })
  expect(second).toMatchObject({ job_id: 'j', id: frames[1]?.id })
  expect(first.id).not.toBe(second.id)
})
