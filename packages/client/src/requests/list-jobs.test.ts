import { collect } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { type Conversation, conversation } from '../testing/conversation'

function page(talk: Conversation, requestId: string, ids: string[], next: string | null) {
  const jobs = ids.map((id) => ({
    job_id: id,
    agent: 'echo@1.0.0',
    status: 'running',
    created_at: '2026-01-01T00:00:00.000Z',
    lease: {},
    parent_job_id: null,
    last_seq: 3,
    trace_id: 'a'.repeat(32),
  }))
  talk.say('session.jobs', { request_id: requestId, jobs, next_cursor: next })
}

describe('listing jobs', () => {
  it('asks for each page when the one before has been read, with the same filter', async () => {
    await using talk = await conversation()
    const filter = { status: ['running' as const], created_after: '2026-01-01T00:00:00Z' }
    const listing = talk.client.listJobs(filter)
    const first = listing.next()
    const asked = await talk.peer.next('session.list_jobs')
    expect(asked.payload).toEqual({ filter })
    page(talk, asked.id, ['job_3', 'job_2'], 'c1')
    expect((await first).value).toMatchObject({ job_id: 'job_3', status: 'running', last_seq: 3 })
    expect((await listing.next()).value).toMatchObject({ job_id: 'job_2' })
    await talk.clock.settle()
    expect(talk.peer.frames.filter(({ type }) => type === 'session.list_jobs')).toHaveLength(1)
    const rest = collect(listing)
    const empty = await talk.peer.next('session.list_jobs')
    expect(empty.payload).toEqual({ filter, cursor: 'c1' })
    page(talk, empty.id, [], 'c2')
    const last = await talk.peer.next('session.list_jobs')
    expect(last.payload).toEqual({ filter, cursor: 'c2' })
    page(talk, last.id, ['job_1'], null)
    expect((await rest).map(({ job_id }) => job_id)).toEqual(['job_1'])
  })

  it('rejects with what the runtime refuses, or answers that is none', async () => {
    await using talk = await conversation()
    const refused = talk.client.listJobs({ agent: '?' }).next()
    const { id } = await talk.peer.next('session.list_jobs')
    talk.say('session.error', { request_id: id, code: 'INVALID_REQUEST', message: 'no such agent' })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    const broken = talk.client.listJobs().next()
    const next = await talk.peer.next('session.list_jobs')
    talk.say('session.jobs', { request_id: next.id, jobs: [{ job_id: 'job_1' }], next_cursor: null })
    await expect(broken).rejects.toThrow('session.jobs has no usable jobs')
  })
})
