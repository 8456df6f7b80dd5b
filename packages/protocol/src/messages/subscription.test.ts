import { describe, expect, it } from 'vitest'
import { issuesOf } from '../schema'
import {
  jobSubscribedSchema,
  jobSubscribeSchema,
  jobUnsubscribedSchema,
  jobUnsubscribeSchema,
} from './subscription'

describe('following a job', () => {
  const subscribed = {
    request_id: 'msg_1',
    job_id: 'job_1',
    status: 'running',
    agent: 'echo@1.0.0',
    lease: {},
    parent_job_id: null,
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    first_seq: 1,
    last_seq: 0,
    log_epoch: 'e',
  }

  it.each([
    { job_id: 'job_1' },
    { job_id: 'job_1', after_seq: 0, log_epoch: 'e' },
    { job_id: 'job_1', after_seq: null, log_epoch: null },
  ])('asks with %j', (payload) => {
    expect(issuesOf(jobSubscribeSchema, payload)).toBeUndefined()
  })

  it.each([
    [{}, 'job_id'],
    [{ job_id: '' }, 'job_id'],
    [{ job_id: 'j'.repeat(257) }, 'job_id'],
    [{ job_id: 'job_1', after_seq: -1 }, 'after_seq'],
    [{ job_id: 'job_1', log_epoch: 5 }, 'log_epoch'],
  ])('does not ask with %.40j', (payload, path) => {
    expect(issuesOf(jobSubscribeSchema, payload)?.[0]?.path).toBe(path)
  })

  it('is answered with the job as it stands', () => {
    expect(issuesOf(jobSubscribedSchema, { ...subscribed })).toBeUndefined()
    expect(
      issuesOf(jobSubscribedSchema, {
        ...subscribed,
        status: 'failed',
        error_code: 'TIMEOUT',
        lease_constraints: { expires_in_s: 1 },
        budget: { USD: '1.00' },
        parent_job_id: 'job_0',
        last_seq: 7,
      }),
    ).toBeUndefined()
  })

  it.each([
    [{ parent_job_id: undefined }, 'parent_job_id'],
    [{ status: 'pending' }, 'status'],
    [{ first_seq: 0 }, 'first_seq'],
    [{ last_seq: -1 }, 'last_seq'],
    [{ lease: [] }, 'lease'],
  ])('is not answered with %j', (changes, path) => {
    expect(issuesOf(jobSubscribedSchema, { ...subscribed, ...changes })?.[0]?.path).toBe(path)
  })
})

describe('leaving a job', () => {
  it('asks with a job, and perhaps says that it will come back', () => {
    expect(issuesOf(jobUnsubscribeSchema, { job_id: 'job_1' })).toBeUndefined()
    expect(issuesOf(jobUnsubscribeSchema, { job_id: 'job_1', hold: true })).toBeUndefined()
    expect(issuesOf(jobUnsubscribeSchema, { job_id: 'job_1', hold: 'yes' })?.[0]?.path).toBe('hold')
    expect(issuesOf(jobUnsubscribeSchema, { hold: true })?.[0]?.path).toBe('job_id')
  })

  it('is told as an answer, or unasked with a reason, known or not', () => {
    expect(issuesOf(jobUnsubscribedSchema, { request_id: 'msg_1', job_id: 'job_1' })).toBeUndefined()
    for (const reason of ['events_lost', 'a_reason_of_later']) {
      expect(issuesOf(jobUnsubscribedSchema, { job_id: 'job_1', reason, first_seq: 7 })).toBeUndefined()
    }
    expect(issuesOf(jobUnsubscribedSchema, { job_id: 'job_1', first_seq: 0 })?.[0]?.path).toBe('first_seq')
  })
})
