import type { LogBatch, Store } from '@arcp/protocol/store'
import { expect, test } from 'vitest'
import { TestClock } from '../test-clock'
import { type FaultyStore, faultyStore } from './faulty'

/** A faulty store around one that notes what it is told, and is done at once. */
function open() {
  const clock = new TestClock()
  const told: string[] = []
  const inner: Store = {
    open: async () => ({ secret: new Uint8Array(32), logEpoch: 'first' }),
    createJob: async ({ jobId }) => void told.push(`create ${jobId}`),
    getJob: async () => undefined,
    updateJob: async (jobId) => void told.push(`update ${jobId}`),
    deleteJob: async (jobId) => void told.push(`delete ${jobId}`),
    append: (batches) => {
      for (const { jobId, entries } of batches) told.push(`append ${jobId} ${entries.length}`)
      return undefined
    },
    trimLog: (jobId) => {
      told.push(`trim ${jobId}`)
      return undefined
    },
    readLog: async () => [],
    noteCredential: async ({ credentialId }) => void told.push(`note ${credentialId}`),
    forgetCredential: async (credentialId) => void told.push(`forget ${credentialId}`),
    readCredentials: async () => [],
    close: async () => void told.push('close'),
  }
  return { clock, told, store: faultyStore(inner, clock) }
}

const one: LogBatch[] = [{ jobId: 'a', hostEpoch: 1, entries: [{ seq: 1, type: 't', payload: '{}' }] }]

function create(store: FaultyStore, jobId: string): Promise<void> | undefined {
  return store.createJob({ jobId } as Parameters<Store['createJob']>[0])
}

/** What became of a promise, as far as it is known now. */
async function settled(promise: Promise<void> | undefined): Promise<string> {
  let outcome = 'pending'
  void promise?.then(
    () => {
      outcome = 'done'
    },
    () => {
      outcome = 'failed'
    },
  )
  await new Promise((resolve) => setImmediate(resolve))
  return outcome
}

test('does what it wraps does without orders, at once where that is done at once', async () => {
  const { store, told } = open()
  expect(store.append(one)).toBeUndefined()
  expect(store.trimLog('a', 2)).toBeUndefined()
  await store.updateJob('a', 1, {})
  await store.deleteJob('a')
  await store.noteCredential({ credentialId: 'c', provisioner: 'p', jobId: 'a', principal: 'ada' })
  await store.forgetCredential('c')
  await store.close()
  expect(told).toEqual(['append a 1', 'trim a', 'update a', 'delete a', 'note c', 'forget c', 'close'])
  expect(store.isTroubled).toBe(false)
})

test('writes late by the clock, in order', async () => {
  const { store, told, clock } = open()
  store.late(10)
  const created = create(store, 'a')
  const appended = store.append(one)
  clock.advance(9)
  expect([await settled(created), await settled(appended), told]).toEqual(['pending', 'pending', []])
  clock.advance(1)
  expect([await settled(created), await settled(appended)]).toEqual(['done', 'done'])
  expect(told).toEqual(['create a', 'append a 1'])
  expect(store.isTroubled).toBe(true)
  store.late(0)
  expect(store.append(one)).toBeUndefined()
  expect(store.isTroubled).toBe(false)
})

test('fails as many writes as it is told to, before they take place', async () => {
  const { store, told } = open()
  store.fail(2)
  expect(await settled(store.append(one))).toBe('failed')
  expect(await settled(create(store, 'a'))).toBe('failed')
  expect(told).toEqual([])
  expect(store.append(one)).toBeUndefined()
})

test('loses the confirmation of a write that took place', async () => {
  const { store, told } = open()
  store.fail(1, { written: true })
  expect(await settled(store.append(one))).toBe('failed')
  expect(told).toEqual(['append a 1'])
})

test('hangs until it is healed, then goes on in order', async () => {
  const { store, told, clock } = open()
  store.hang()
  const created = create(store, 'a')
  const appended = store.append(one)
  clock.advance(3_600_000)
  expect([await settled(created), await settled(appended), told]).toEqual(['pending', 'pending', []])
  store.heal()
  expect([await settled(created), await settled(appended)]).toEqual(['done', 'done'])
  expect(told).toEqual(['create a', 'append a 1'])
  expect(store.isTroubled).toBe(false)
})

test('forgets every job it holds, and tells of another history from then on', async () => {
  const { store, told } = open()
  expect((await store.open()).logEpoch).toBe('first')
  await create(store, 'a')
  await create(store, 'b')
  await store.deleteJob('a')
  await store.forget()
  expect(told).toEqual(['create a', 'create b', 'delete a', 'delete b'])
  expect((await store.open()).logEpoch).toBe('first.1')
  await store.forget()
  expect((await store.open()).logEpoch).toBe('first.2')
})
