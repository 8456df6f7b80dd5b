import { expect, it } from 'vitest'
import { resolveOptions } from '../options'
import { runtimeRules } from '../runtime-rules'
import { frame, greetedClient, refusal } from '../testing/client-frames'

const submit = (id: string) => frame('job.submit', { agent: 'a' }, { id })
const list = (id: string) => frame('session.list_jobs', {}, { id })
const page = (request_id: string) => frame('session.jobs', { request_id, jobs: [], next_cursor: null })
const accepted = (job_id: string) => frame('job.accepted', { job_id, request_id: job_id }, { job_id })
const ended = (job_id: string) => frame('job.cancelled', { seq: 2, ts: 't' }, { job_id })

it('takes as many requests as may wait, and answers one more itself, until one has its answer', () => {
  const client = greetedClient(runtimeRules, 'go', { openRequests: 2 })
  expect(client.read(list('l1'))).toHaveLength(1)
  expect(client.read(list('l2'))).toHaveLength(1)
  expect(client.read(list('l3'))).toEqual([])
  expect(client.refused).toMatchObject([
    {
      type: 'session.error',
      session_id: 'sess_1',
      payload: {
        request_id: 'l3',
        code: 'INTERNAL_ERROR',
        retryable: true,
        details: { reason: 'open_requests', limit: 2, request_id: 'l3' },
      },
    },
  ])
  client.write(page('l1'))
  expect(client.read(list('l4'))).toHaveLength(1)
})

it.each([
  ['python', [{ type: 'session.error', payload: { details: { request_id: 's2' } } }]],
  ['older-python', [{ type: 'job.accepted', payload: { request_id: 's2' } }, { type: 'job.error' }]],
  ['java', [{ type: 'job.error', id: 's2', payload: { code: 'INTERNAL_ERROR' } }]],
] as const)('answers one more so that a client for %s knows which', (dialect, answer) => {
  const client = greetedClient(runtimeRules, dialect, { openRequests: 1 })
  client.read(submit('s1'))
  expect(client.read(submit('s2'))).toEqual([])
  expect(client.refused).toMatchObject(answer)
})

it.each(['typescript', 'csharp', 'draft'] as const)(
  'answers one more in its turn where its turn is all that a client knows (%s)',
  (dialect) => {
    const client = greetedClient(runtimeRules, dialect, { openRequests: 2 })
    for (const id of ['s1', 's2', 's3', 's4']) client.read(submit(id))
    expect(client.refused).toEqual([])
    expect(client.ending).toBeUndefined()
    const [first] = client.write(frame('job.accepted', { job_id: 'job_1', request_id: 's1' }))
    expect(first?.payload).toMatchObject({ job_id: 'job_1' })
    const rest = client.write(frame('job.accepted', { job_id: 'job_2', request_id: 's2' }))
    expect(rest[0]?.payload).toMatchObject({ job_id: 'job_2' })
    const ends = rest.filter(({ type }) => type === 'job.error')
    expect(ends.map(({ payload }) => payload.code)).toEqual(['INTERNAL_ERROR', 'INTERNAL_ERROR'])
  },
)

it('ends the connection where more answers would have to wait for their turn than requests may', () => {
  const client = greetedClient(runtimeRules, 'typescript', { openRequests: 2 })
  for (const id of ['s1', 's2', 's3', 's4']) client.read(submit(id))
  expect(client.ending).toBeUndefined()
  expect(client.read(submit('s5'))).toEqual([])
  expect(client.ending).toBe('open_requests')
})

it('waits for an answer once, however often its request is sent', () => {
  const client = greetedClient(runtimeRules, 'go', { openRequests: 1 })
  client.read(list('l1'))
  expect(client.read(list('l1'))).toHaveLength(1)
})

it('counts answers that wait for older ones', () => {
  const client = greetedClient(runtimeRules, 'typescript', { openRequests: 2 })
  client.read(submit('s1'))
  client.read(submit('s2'))
  expect(client.write(refusal('s2'))).toEqual([])
  expect(client.read(submit('s3'))).toEqual([])
  client.write(frame('job.accepted', { job_id: 'job_1', request_id: 's1' }, { job_id: 'job_1' }))
  expect(client.read(submit('s4'))).toHaveLength(1)
})

it('takes a client with more jobs than it may know of for one that waits for good', () => {
  const errorAfter = (...jobs: string[]) => {
    const client = greetedClient(runtimeRules, 'csharp', { openJobs: 2 })
    for (const job of jobs) client.write(accepted(job))
    for (const job of jobs) client.write(ended(job))
    client.read(list('l1'))
    return client.write(refusal('l1')).map(({ type }) => type)
  }
  expect(errorAfter('job_1', 'job_2')).toEqual(['session.error'])
  expect(errorAfter('job_1', 'job_2', 'job_3')).toEqual([])
})

it('has a limit for each, and refuses what is none', () => {
  expect(resolveOptions({})).toMatchObject({ openRequests: 1_000, openJobs: 10_000 })
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => resolveOptions({ openRequests: value })).toThrow(TypeError)
  }
  expect(resolveOptions({ openRequests: undefined } as object)).toEqual(resolveOptions({}))
  const unknown = { openRequest: 5 } as object
  expect(() => resolveOptions(unknown)).toThrow(new TypeError('there is no option openRequest'))
})

it('keeps no name of an agent that is none', () => {
  const client = greetedClient(runtimeRules, 'csharp')
  const answered = (agent: string) => {
    client.read(frame('job.submit', { agent }, { id: 's1' }))
    return client.write(refusal('s1'))[0]?.payload.agent
  }
  expect(answered('a'.repeat(256))).toBe('a'.repeat(256))
  expect(answered('a'.repeat(257))).toBe('unknown')
})
