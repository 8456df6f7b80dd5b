import {
  AgentNotAvailableError,
  ArcpError,
  ConnectionError,
  InternalError,
  JobNotFoundError,
} from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { type Conversation, conversation } from '../testing/conversation'

/** The inputs of the submits that have arrived. */
const arrived = (talk: Conversation) =>
  talk.peer.frames.filter(({ type }) => type === 'job.submit').map(({ payload }) => payload.input)

describe('answers', () => {
  it('R-SUB-6 reach the request they name and no other, in whatever order', async () => {
    await using talk = await conversation()
    const calls = ['a', 'b', 'c'].map((input) => talk.client.submit('echo', input))
    const [a, b, c] = [await talk.peer.next(), await talk.peer.next(), await talk.peer.next()]
    talk.accept(c, 'job_c')
    talk.say('session.error', { request_id: b.id, code: 'AGENT_NOT_AVAILABLE', message: 'not here' })
    talk.accept(a, 'job_a')
    expect((await calls[0])?.id).toBe('job_a')
    await expect(calls[1]).rejects.toThrow(AgentNotAvailableError)
    expect((await calls[2])?.id).toBe('job_c')
    expect(talk.client.state).toBe('connected')
  })

  it('R-SUB-6 that name no request, or none that waits, disturb nobody', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const submitting = talk.client.submit('echo', 1)
    const submit = await talk.peer.next('job.submit')
    talk.say('session.error', { code: 'INTERNAL_ERROR', message: 'something else' })
    talk.say('session.error', { request_id: 'msg_unknown', code: 'INTERNAL_ERROR', message: 'old' })
    talk.say('job.accepted', { request_id: 'msg_unknown', job_id: 'job_9' })
    talk.accept(submit, 'job_2')
    talk.event('job_1', 'job.completed', 1, { result: 1 })
    expect((await submitting).id).toBe('job_2')
    expect(await job.result()).toBe(1)
    expect(talk.logs.lines).toContain('warn: frame ignored')
  })

  it('R-SUB-7 that refuse reject with the class of their code, and what travels with it', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const cancelling = job.cancel()
    const { id } = await talk.peer.next('job.cancel')
    talk.say('session.error', { request_id: id, code: 'JOB_NOT_FOUND', message: 'gone', details: { a: 1 } })
    const error: unknown = await cancelling.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(JobNotFoundError)
    expect(error).toMatchObject({ message: 'gone', retryable: false, details: { a: 1 } })
  })

  it('R-SUB-7 with a code nobody knows reject with that code', async () => {
    await using talk = await conversation()
    const submitting = talk.client.submit('echo', 1)
    const { id } = await talk.peer.next('job.submit')
    talk.say('session.error', { request_id: id, code: 'X_NEW', message: 'new', retryable: true })
    await expect(submitting).rejects.toBeInstanceOf(ArcpError)
    await expect(submitting).rejects.toMatchObject({ code: 'X_NEW', retryable: true })
  })

  it.each([
    ['a refusal without a code', 'session.error', { message: 'no' }, 'has no usable code'],
    [
      'another answer',
      'job.cancel_accepted',
      { job_id: 'j', status: 'running' },
      'answer to job.submit: job.cancel_accepted has no usable type',
    ],
    ['no job', 'job.accepted', { agent: 'echo@1.0.0', lease: {} }, 'has no usable job_id'],
    [
      'a lease that is none',
      'job.accepted',
      { job_id: 'j', agent: 'echo@1.0.0', lease: [], accepted_at: '', trace_id: '' },
      'has no usable lease',
    ],
  ])('R-SUB-7 that are %s reject that call only', async (_, type, payload, message) => {
    await using talk = await conversation()
    const [bad, good] = [talk.client.submit('echo', 1), talk.client.submit('echo', 2)]
    const { id } = await talk.peer.next('job.submit')
    talk.say(type, { request_id: id, ...payload })
    await expect(bad).rejects.toThrow(InternalError)
    await expect(bad).rejects.toThrow(message)
    await expect(bad).rejects.toMatchObject({ retryable: false, details: { reason: 'invalid_answer' } })
    talk.accept(await talk.peer.next('job.submit'), 'job_2')
    expect((await good).id).toBe('job_2')
  })
})

describe('the wait for an answer', () => {
  it('R-SUB-7 ends after 60 s, for each request by itself', async () => {
    await using talk = await conversation()
    const early = talk.client.submit('echo', 1)
    talk.clock.advance(30_000)
    const late = talk.client.submit('echo', 2)
    talk.clock.advance(30_000)
    await expect(early).rejects.toThrow(ConnectionError)
    await expect(early).rejects.toThrow('no answer to job.submit within 60000 ms')
    const [, submit] = [await talk.peer.next('job.submit'), await talk.peer.next('job.submit')]
    talk.clock.advance(29_999)
    talk.accept(submit, 'job_2')
    expect((await late).id).toBe('job_2')
    expect(talk.clock.timers).toBe(0)
    expect(talk.client.state).toBe('connected')
  })

  it('R-SUB-7 ends for each of several in its time', async () => {
    await using talk = await conversation()
    const early = talk.client.submit('echo', 1)
    talk.clock.advance(30_000)
    const late = talk.client.submit('echo', 2)
    talk.clock.advance(30_000)
    await expect(early).rejects.toThrow(ConnectionError)
    expect(talk.clock.timers).toBe(1)
    talk.clock.advance(30_000)
    await expect(late).rejects.toThrow(ConnectionError)
    expect(talk.clock.timers).toBe(0)
  })

  it('is forgotten with the answer: no timer is left', async () => {
    await using talk = await conversation()
    const submitting = talk.client.submit('echo', 1)
    expect(talk.clock.timers).toBe(1)
    const { id } = await talk.peer.next('job.submit')
    talk.say('session.error', { request_id: id, code: 'INVALID_REQUEST', message: 'no' })
    await expect(submitting).rejects.toThrow('no')
    expect(talk.clock.timers).toBe(0)
  })

  it('is over for an answer that comes too late', async () => {
    await using talk = await conversation()
    const submitting = talk.client.submit('echo', 1)
    const submit = await talk.peer.next('job.submit')
    talk.clock.advance(60_000)
    await expect(submitting).rejects.toThrow(ConnectionError)
    talk.accept(submit, 'job_1')
    talk.event('job_1', 'job.completed', 1)
    expect((await talk.job('job_2')).id).toBe('job_2')
  })
})

describe('limits', () => {
  it('keeps submits beyond the unanswered ones in the client, and sends them in order', async () => {
    await using talk = await conversation({ limits: { unansweredSubmits: 2 } })
    const calls = [1, 2, 3, 4].map((input) => talk.client.submit('echo', input))
    const first = await talk.peer.next('job.submit')
    const second = await talk.peer.next('job.submit')
    await talk.clock.settle()
    expect(arrived(talk)).toEqual([1, 2])
    talk.accept(second, 'job_2')
    const third = await talk.peer.next('job.submit')
    expect(arrived(talk)).toEqual([1, 2, 3])
    talk.say('session.error', { request_id: first.id, code: 'INVALID_REQUEST', message: 'no' })
    const fourth = await talk.peer.next('job.submit')
    expect(arrived(talk)).toEqual([1, 2, 3, 4])
    talk.accept(third, 'job_3')
    talk.accept(fourth, 'job_4')
    await expect(calls[0]).rejects.toThrow('no')
    expect((await Promise.all(calls.slice(1))).map(({ id }) => id)).toEqual(['job_2', 'job_3', 'job_4'])
  })

  it('cancels without waiting behind submits', async () => {
    await using talk = await conversation({ limits: { unansweredSubmits: 1 } })
    const job = await talk.job('job_1')
    const submits = [talk.client.submit('echo', 1), talk.client.submit('echo', 2)]
    const cancelling = job.cancel()
    const { id } = await talk.peer.next('job.cancel')
    talk.say('job.cancel_accepted', { request_id: id, job_id: 'job_1', status: 'running' })
    expect(await cancelling).toBe('running')
    await talk.peer.close()
    await Promise.allSettled(submits)
  })

  it('sends what waits when earlier ones time out', async () => {
    await using talk = await conversation({ limits: { unansweredSubmits: 1, answerTimeoutMs: 100 } })
    const calls = [talk.client.submit('echo', 1), talk.client.submit('echo', 2)]
    talk.clock.advance(100)
    await expect(calls[0]).rejects.toThrow(ConnectionError)
    await talk.clock.settle()
    expect(arrived(talk)).toEqual([1, 2])
    talk.clock.advance(100)
    await expect(calls[1]).rejects.toThrow(ConnectionError)
    expect(talk.clock.timers).toBe(0)
  })

  it('drops a waiting submit whose signal aborts', async () => {
    await using talk = await conversation({ limits: { unansweredSubmits: 1, pendingRequests: 2 } })
    const stop = new AbortController()
    const first = talk.client.submit('echo', 1)
    const second = talk.client.submit('echo', 2, { signal: stop.signal })
    stop.abort(new Error('stop'))
    await expect(second).rejects.toThrow('stop')
    const third = talk.client.submit('echo', 3)
    talk.accept(await talk.peer.next('job.submit'), 'job_1')
    talk.accept(await talk.peer.next('job.submit'), 'job_3')
    await Promise.all([first, third])
    expect(arrived(talk)).toEqual([1, 3])
  })

  it.each([
    ['requests', { pendingRequests: 2 }, 2],
    ['bytes of requests', { pendingBytes: 300 }, 300],
  ])('rejects a call beyond the %s that may wait, and recovers', async (what, limits, limit) => {
    await using talk = await conversation({ limits })
    const calls = [1, 2].map((input) => talk.client.submit('echo', input))
    const beyond = talk.client.submit('echo', 3)
    await expect(beyond).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      retryable: true,
      message: `more than ${limit} ${what} unanswered`,
      details: { reason: 'requests_unanswered', limit },
    })
    talk.accept(await talk.peer.next('job.submit'), 'job_1')
    talk.accept(await talk.peer.next('job.submit'), 'job_2')
    await Promise.all(calls)
    expect((await talk.job('job_3')).id).toBe('job_3')
  })
})
