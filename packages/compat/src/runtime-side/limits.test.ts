import { expect, it } from 'vitest'
import { resolveOptions } from '../options'
import { runtimeRules } from '../runtime-rules'
import { frame, greetedClient, refusal } from '../testing/client-frames'

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

it('waits for an answer once, however often its request is sent', () => {
  const client = greetedClient(runtimeRules, 'go', { openRequests: 1 })
  client.read(list('l1'))
  expect(client.read(list('l1'))).toHaveLength(1)
})

it('counts answers that wait for older ones', () => {
  const submit = (id: string) => frame('job.submit', { agent: 'a' }, { id })
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
})
