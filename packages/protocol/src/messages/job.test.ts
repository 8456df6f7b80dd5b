import { describe, expect, it } from 'vitest'
import { issuesOf } from '../schema'
import {
  JOB_STATES,
  jobAcceptedSchema,
  jobCancelAcceptedSchema,
  jobCancelSchema,
  jobSubmitSchema,
} from './job'

describe('jobSubmitSchema', () => {
  const issue = (payload: object) => issuesOf(jobSubmitSchema, payload)?.[0]

  it.each([
    {},
    { agent: 'echo', input: null },
    { agent: 'echo', input: { deep: [[]] }, 'x-acme': JSON.parse('{"__proto__":null}') },
    {
      agent: 'echo@1.0.0',
      input: 'text',
      lease_request: { 'tool.call': ['search'] },
      lease_constraints: { expires_in_s: 30 },
      idempotency_key: 'k'.repeat(256),
      max_runtime_sec: 0.5,
      parent_job_id: 'job_1',
    },
    { resume_token: 'arj_1', from_session: 'ses_1', after_seq: 0, log_epoch: 'e' },
  ])('takes %j', (payload) => {
    expect(issue(payload)).toBeUndefined()
  })

  it('takes null for what may be left out, and keeps it in the input', () => {
    const payload = {
      agent: 'echo',
      input: null,
      after_seq: null,
      lease_request: null,
      idempotency_key: null,
    }
    expect(issue(payload)).toBeUndefined()
    expect(payload).toEqual({ agent: 'echo', input: null })
  })

  it.each([
    [{ agent: 5 }, 'agent'],
    [{ agent: '' }, 'agent'],
    [{ agent: 'a'.repeat(257) }, 'agent'],
    [{ agent: ['echo'] }, 'agent'],
    [{ lease_request: ['tool.call'] }, 'lease_request'],
    [{ lease_request: { 'tool.call': [5] } }, 'lease_request["tool.call"][0]'],
    [{ lease_constraints: [] }, 'lease_constraints'],
    [{ lease_constraints: { expires_at: 'soon' } }, 'lease_constraints.expires_at'],
    [{ idempotency_key: '' }, 'idempotency_key'],
    [{ idempotency_key: 'k'.repeat(257) }, 'idempotency_key'],
    [{ max_runtime_sec: 0 }, 'max_runtime_sec'],
    [{ max_runtime_sec: Number.POSITIVE_INFINITY }, 'max_runtime_sec'],
    [{ parent_job_id: {} }, 'parent_job_id'],
    [{ parent_job_id: 'j'.repeat(257) }, 'parent_job_id'],
    [{ resume_token: 1 }, 'resume_token'],
    [{ after_seq: -1 }, 'after_seq'],
    [{ after_seq: 0.5 }, 'after_seq'],
    [{ after_seq: 2 ** 53 }, 'after_seq'],
    [{ log_epoch: 7 }, 'log_epoch'],
  ])('refuses %j', (payload, path) => {
    expect(issue(payload)?.path).toBe(path)
  })
})

describe('jobAcceptedSchema', () => {
  const accepted = {
    request_id: 'msg_1',
    job_id: 'job_1',
    agent: 'echo@1.0.0',
    lease: {},
    accepted_at: '2026-01-02T03:04:05.678Z',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
  }
  const issue = (changes: object) => issuesOf(jobAcceptedSchema, { ...accepted, ...changes })?.[0]

  it('takes the least a runtime says, and all it may say', () => {
    expect(issue({})).toBeUndefined()
    expect(
      issue({
        lease: { 'x-later.kind': ['a'] },
        lease_constraints: { expires_in_s: 29.5 },
        budget: { USD: '1.00' },
        resume_token: 'arj_1',
        first_seq: 1,
        log_epoch: 'e',
        resumed: false,
        owner: true,
        parent_job_id: null,
      }),
    ).toBeUndefined()
  })

  it.each([
    [{ request_id: undefined }, 'request_id'],
    [{ job_id: 5 }, 'job_id'],
    [{ agent: null }, 'agent'],
    [{ lease: [] }, 'lease'],
    [{ lease: { 'tool.call': 'search' } }, 'lease'],
    [{ budget: { USD: 1 } }, 'budget'],
    [{ first_seq: 0 }, 'first_seq'],
    [{ resumed: 'no' }, 'resumed'],
  ])('refuses %j', (changes, path) => {
    expect(issue(changes)?.path).toBe(path)
  })

  it.each(['lease', 'budget'])('R-SEC-3: lets nothing into %s unchecked', (field) => {
    expect(issue({ [field]: JSON.parse('{"__proto__":5}') })?.path).toBe(field)
    expect(issue({ [field]: { constructor: 5 } })?.path).toBe(field)
  })
})

describe('cancelling', () => {
  it('takes a job and perhaps a reason', () => {
    expect(issuesOf(jobCancelSchema, { job_id: 'job_1' })).toBeUndefined()
    expect(issuesOf(jobCancelSchema, { job_id: 'job_1', reason: null })).toBeUndefined()
    expect(issuesOf(jobCancelSchema, { reason: 'why' })?.[0]).toEqual({
      path: 'job_id',
      message: 'is missing',
    })
    expect(issuesOf(jobCancelSchema, { job_id: 'job_1', reason: [] })?.[0]?.path).toBe('reason')
    expect(issuesOf(jobCancelSchema, { job_id: 'j'.repeat(257) })?.[0]?.path).toBe('job_id')
  })

  it('answers with a state this protocol knows', () => {
    for (const status of JOB_STATES) {
      expect(issuesOf(jobCancelAcceptedSchema, { request_id: 'r', job_id: 'j', status })).toBeUndefined()
    }
    const unknown = { request_id: 'r', job_id: 'j', status: 'pending' }
    expect(issuesOf(jobCancelAcceptedSchema, unknown)?.[0]?.path).toBe('status')
  })
})
