import type { CredentialNote, JobRecord, LogBatch, LogEntry, Store } from '@arcp/protocol/store'
import { describe, expect, test } from 'vitest'

/** Bounds no test reaches by accident. */
const ALL = { entries: 1_000, size: 1024 * 1024 }

/**
 * The behaviour every store shares, as a suite of tests.
 *
 * @param open A fresh store that holds nothing, not opened yet; the suite opens and closes it.
 */
export function storeContract(name: string, open: () => Promise<Store>): void {
  async function withStore(body: (store: Store) => Promise<void>): Promise<void> {
    const store = await open()
    await store.open()
    try {
      await body(store)
    } finally {
      await store.close()
    }
  }

  /** Runs `body` on a store that holds the job `job`, its log holding `events` entries. */
  const withJob = (events: number, body: (store: Store) => Promise<void>) =>
    withStore(async (store) => {
      await store.createJob(recordOf('job'))
      if (events > 0) await store.append([batchOf('job', entries(1, events))])
      await body(store)
    })

  const seqs = async (store: Store, afterSeq = 0, limit = ALL, jobId = 'job') =>
    (await store.readLog(jobId, afterSeq, limit)).map(({ seq }) => seq)

  describe(`store contract: ${name}`, () => {
    test('tells its secret and its log epoch, the same each time', async () => {
      const store = await open()
      const identity = await store.open()
      expect(identity.secret).toHaveLength(32)
      expect(identity.logEpoch).not.toBe('')
      expect(await store.open()).toEqual(identity)
      await store.close()
    })

    describe('records', () => {
      test('keeps what a job is, and knows no other', () =>
        withStore(async (store) => {
          const record = recordOf('job', { parentJobId: 'parent', traceId: 'a'.repeat(32) })
          await store.createJob(record)
          expect(await store.getJob('job')).toEqual(record)
          expect(await store.getJob('other')).toBeUndefined()
        }))

      test('takes a job that is created again as done, and loses nothing of it', () =>
        withJob(3, async (store) => {
          await store.updateJob('job', 1, { state: 'running', startedAt: 5 })
          await store.createJob(recordOf('job'))
          expect(await store.getJob('job')).toEqual(recordOf('job', { state: 'running', startedAt: 5 }))
          expect(await seqs(store)).toEqual([1, 2, 3])
        }))

      test('changes what is named and nothing else, the same change again included', () =>
        withJob(0, async (store) => {
          for (let times = 0; times < 2; times++) {
            await store.updateJob('job', 1, { state: 'failed', errorCode: 'TIMEOUT', endedAt: 9 })
          }
          await store.updateJob('job', 1, { sessionId: 'another' })
          expect(await store.getJob('job')).toEqual(
            recordOf('job', { state: 'failed', errorCode: 'TIMEOUT', endedAt: 9, sessionId: 'another' }),
          )
        }))

      test('takes a change of a job it does not hold as done', () =>
        withStore(async (store) => {
          await store.updateJob('gone', 1, { state: 'failed' })
          expect(await store.getJob('gone')).toBeUndefined()
        }))

      test('refuses whatever a former host still writes', () =>
        withJob(2, async (store) => {
          await store.updateJob('job', 2, { hostEpoch: 2 })
          await refused(() => store.updateJob('job', 1, { state: 'failed' }))
          await refused(() => store.append([batchOf('job', entries(3, 3))]))
          expect(await store.getJob('job')).toEqual(recordOf('job', { hostEpoch: 2 }))
          expect(await seqs(store)).toEqual([1, 2])
          await store.append([batchOf('job', entries(3, 3), 2)])
          expect(await seqs(store)).toEqual([1, 2, 3])
        }))

      test('deletes a job with its log, again included', () =>
        withJob(3, async (store) => {
          await store.deleteJob('job')
          await store.deleteJob('job')
          expect(await store.getJob('job')).toBeUndefined()
          expect(await seqs(store)).toEqual([])
        }))
    })

    describe('notes of credentials', () => {
      test('keeps what is to be revoked until it is, in the order of ids', () =>
        withStore(async (store) => {
          const [a, b, c] = [noteOf('cred_a'), noteOf('cred_b', { jobId: 'other' }), noteOf('cred_c')]
          for (const note of [c, a, b]) await store.noteCredential(note)
          expect(await store.readCredentials('', 10)).toEqual([a, b, c])
          await store.forgetCredential('cred_b')
          expect(await store.readCredentials('', 10)).toEqual([a, c])
        }))

      test('reads on after an id, within a number of notes', () =>
        withStore(async (store) => {
          for (const id of ['1', '2', '3', '4']) await store.noteCredential(noteOf(id))
          expect(await store.readCredentials('1', 2)).toEqual([noteOf('2'), noteOf('3')])
          expect(await store.readCredentials('3', 2)).toEqual([noteOf('4')])
          expect(await store.readCredentials('4', 2)).toEqual([])
        }))

      test('takes the same note again as done, and forgetting what it does not hold', () =>
        withStore(async (store) => {
          await store.noteCredential(noteOf('cred'))
          await store.noteCredential(noteOf('cred'))
          expect(await store.readCredentials('', 10)).toEqual([noteOf('cred')])
          await store.forgetCredential('cred')
          await store.forgetCredential('cred')
          expect(await store.readCredentials('', 10)).toEqual([])
        }))

      test('outlive their job', () =>
        withJob(0, async (store) => {
          await store.noteCredential(noteOf('cred', { jobId: 'job' }))
          await store.deleteJob('job')
          expect(await store.readCredentials('', 10)).toEqual([noteOf('cred', { jobId: 'job' })])
        }))
    })

    describe('logs', () => {
      test('keeps entries in order and payloads to the letter', () =>
        withJob(0, async (store) => {
          const payloads = ['{}', '{"text":"é€😀\u2028 \\ud800"}', `{"long":"${'x'.repeat(100_000)}"}`]
          const written = payloads.map((payload, at) => ({ seq: at + 1, type: `x-${at}`, payload }))
          await store.append([batchOf('job', written.slice(0, 1))])
          await store.append([batchOf('job', written.slice(1))])
          expect(await store.readLog('job', 0, ALL)).toEqual(written)
        }))

      test('takes the same entries again as done, beside new ones too', () =>
        withJob(3, async (store) => {
          await store.append([batchOf('job', entries(1, 3))])
          await store.append([batchOf('job', entries(2, 5))])
          expect(await seqs(store)).toEqual([1, 2, 3, 4, 5])
        }))

      test.each([
        ['other content under a number it holds', [{ seq: 2, type: 'job.log', payload: '{"other":1}' }]],
        ['another type under a number it holds', [{ seq: 2, type: 'job.status', payload: '{"n":2}' }]],
        ['a gap before the first', entries(4, 5)],
        ['a gap between two', [...entries(3, 3), ...entries(5, 5)]],
      ])('refuses %s, and keeps nothing of the call', (_, wrong) =>
        withJob(2, async (store) => {
          await store.createJob(recordOf('beside'))
          await refused(() => store.append([batchOf('beside', entries(1, 2)), batchOf('job', wrong)]))
          await refused(() => store.append([batchOf('job', wrong), batchOf('beside', entries(1, 2))]))
          expect(await store.readLog('job', 0, ALL)).toEqual(entries(1, 2))
          expect(await seqs(store, 0, ALL, 'beside')).toEqual([])
          await store.append([batchOf('job', entries(3, 3))])
          expect(await seqs(store)).toEqual([1, 2, 3])
        }),
      )

      test('passes over a job it does not hold, so that the others of the call go on', () =>
        withJob(0, async (store) => {
          await store.append([batchOf('gone', entries(7, 8)), batchOf('job', entries(1, 1))])
          expect(await seqs(store)).toEqual([1])
          expect(await seqs(store, 0, ALL, 'gone')).toEqual([])
        }))

      test('reads on after a number, within a number of entries', () =>
        withJob(5, async (store) => {
          expect(await seqs(store, 2)).toEqual([3, 4, 5])
          expect(await seqs(store, 0, { ...ALL, entries: 2 })).toEqual([1, 2])
          expect(await seqs(store, 4, { ...ALL, entries: 2 })).toEqual([5])
          expect(await seqs(store, 5)).toEqual([])
          expect(await seqs(store, 9)).toEqual([])
        }))

      test('reads within a size, and always at least one entry', () =>
        withJob(5, async (store) => {
          const { length } = payloadOf(1)
          expect(await seqs(store, 0, { ...ALL, size: length * 3 })).toEqual([1, 2, 3])
          expect(await seqs(store, 0, { ...ALL, size: length * 3 - 1 })).toEqual([1, 2])
          expect(await seqs(store, 0, { ...ALL, size: 1 })).toEqual([1])
        }))

      test('lets go of the oldest entries, and goes on with the numbers', () =>
        withJob(5, async (store) => {
          await store.trimLog('job', 3)
          await store.trimLog('job', 2)
          expect(await seqs(store)).toEqual([3, 4, 5])
          expect(await seqs(store, 1, { ...ALL, entries: 2 })).toEqual([3, 4])
          await store.trimLog('job', 6)
          expect(await seqs(store)).toEqual([])
          await refused(() => store.append([batchOf('job', entries(7, 7))]))
          await store.append([batchOf('job', entries(6, 6))])
          expect(await seqs(store)).toEqual([6])
        }))

      test('takes entries again as done that it has let go', () =>
        withJob(3, async (store) => {
          await store.trimLog('job', 3)
          await store.append([batchOf('job', entries(1, 4))])
          expect(await seqs(store)).toEqual([3, 4])
        }))

      test('takes letting go in a log it does not hold as done', () =>
        withStore(async (store) => {
          await store.trimLog('gone', 4)
          expect(await seqs(store, 0, ALL, 'gone')).toEqual([])
        }))
    })
  })
}

/** A refusal may be thrown at once or be a rejection. */
async function refused(write: () => Promise<void> | undefined): Promise<void> {
  await expect((async () => write())()).rejects.toThrow()
}

function recordOf(jobId: string, fields: Partial<JobRecord> = {}): JobRecord {
  return {
    jobId,
    agent: 'echo@1.0.0',
    scope: { principal: 'ada', chain: ['relay'] },
    sessionId: 'session',
    submitId: 'submit',
    state: 'queued',
    lease: { 'tool.call': ['search'] },
    traceId: '1'.repeat(32),
    createdAt: 1_767_225_600_000,
    hostEpoch: 1,
    ...fields,
  }
}

function noteOf(credentialId: string, fields: Partial<CredentialNote> = {}): CredentialNote {
  return { credentialId, provisioner: 'keys', jobId: 'job', principal: 'ada', ...fields }
}

function entries(from: number, to: number): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    seq: from + at,
    type: 'job.log',
    payload: payloadOf(from + at),
  }))
}

function payloadOf(seq: number): string {
  return `{"n":${seq}}`
}

function batchOf(jobId: string, written: readonly LogEntry[], hostEpoch = 1): LogBatch {
  return { jobId, hostEpoch, entries: written }
}
