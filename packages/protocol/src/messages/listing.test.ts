import { describe, expect, it } from 'vitest'
import { issuesOf } from '../schema'
import { MAX_LISTED_JOBS, sessionJobsSchema, sessionListJobsSchema } from './listing'

describe('listing jobs', () => {
  it.each([
    {},
    { filter: {} },
    { limit: 1 },
    { limit: MAX_LISTED_JOBS },
    { cursor: 'c' },
    { filter: null, limit: null, cursor: null },
    { filter: { status: null, agent: null, created_after: null, created_before: null } },
    { filter: { status: [], agent: 'echo' } },
    { filter: { status: ['queued', 'failed'], agent: 'echo@1.0.0', 'x-acme': 1 } },
    { filter: { created_after: '2026-01-02T03:04:05Z', created_before: '2026-01-02T04:04:05.678+01:00' } },
  ])('asks with %j', (payload) => {
    expect(issuesOf(sessionListJobsSchema, payload)).toBeUndefined()
  })

  it.each<[object, string]>([
    [{ limit: 0 }, 'limit'],
    [{ limit: -1 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ limit: MAX_LISTED_JOBS + 1 }, 'limit'],
    [{ limit: 1e300 }, 'limit'],
    [{ limit: '10' }, 'limit'],
    [{ cursor: '' }, 'cursor'],
    [{ cursor: 'c'.repeat(257) }, 'cursor'],
    [{ cursor: 7 }, 'cursor'],
    [{ filter: [] }, 'filter'],
    [{ filter: { status: 'queued' } }, 'filter.status'],
    [{ filter: { status: ['queued', 'pending'] } }, 'filter.status[1]'],
    [{ filter: { agent: 'Echo' } }, 'filter.agent'],
    [{ filter: { agent: 'echo@' } }, 'filter.agent'],
    [{ filter: { agent: 'e'.repeat(257) } }, 'filter.agent'],
    [{ filter: { created_after: 'yesterday' } }, 'filter.created_after'],
    [{ filter: { created_before: 1_700_000_000_000 } }, 'filter.created_before'],
  ])('does not ask with %.50j', (payload, path) => {
    expect(issuesOf(sessionListJobsSchema, payload)?.[0]?.path).toBe(path)
  })
})

describe('a page of jobs', () => {
  const job = {
    job_id: 'job_1',
    agent: 'echo@1.0.0',
    status: 'queued',
    created_at: '2026-01-02T03:04:05.678Z',
    lease: {},
    parent_job_id: null,
    last_seq: 1,
    trace_id: '0af7651916cd43dd8448eb211c80319c',
  }
  const page = (changes: object) => ({
    request_id: 'msg_1',
    jobs: [{ ...job, ...changes }],
    next_cursor: null,
  })

  it('may be empty, and the last one', () => {
    expect(issuesOf(sessionJobsSchema, { request_id: 'msg_1', jobs: [], next_cursor: null })).toBeUndefined()
    expect(issuesOf(sessionJobsSchema, { request_id: 'msg_1', jobs: [], next_cursor: 'c' })).toBeUndefined()
  })

  it('tells all there is of a job, or as little as there must be', () => {
    const fullest = {
      status: 'failed',
      error_code: 'TIMEOUT',
      started_at: '2026-01-02T03:04:05.679Z',
      ended_at: '2026-01-02T03:04:05.680Z',
      lease: { 'tool.call': ['git.*'] },
      lease_constraints: { expires_in_s: 1 },
      parent_job_id: 'job_0',
    }
    expect(issuesOf(sessionJobsSchema, page({}))).toBeUndefined()
    expect(issuesOf(sessionJobsSchema, page(fullest))).toBeUndefined()
  })

  it.each<[object, string]>([
    [{ status: 'pending' }, 'jobs[0].status'],
    [{ parent_job_id: undefined }, 'jobs[0].parent_job_id'],
    [{ last_seq: -1 }, 'jobs[0].last_seq'],
    [{ lease: { 'tool.call': 'git' } }, 'jobs[0].lease'],
  ])('has no job with %j', (changes, path) => {
    expect(issuesOf(sessionJobsSchema, page(changes))?.[0]?.path).toBe(path)
  })

  it('always says whether there is more', () => {
    expect(issuesOf(sessionJobsSchema, { request_id: 'msg_1', jobs: [] })?.[0]?.path).toBe('next_cursor')
  })
})
