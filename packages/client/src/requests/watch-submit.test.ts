import { ConnectionError, isArcpError } from '@arcp/protocol'
import type { ObservedSubmit, Observer, SubmitObserver } from '@arcp/protocol/observe'
import { describe, expect, it } from 'vitest'
import { conversation, TRACE } from '../testing/conversation'

/** An observer that remembers what it was told, as text, and answers with `added`. */
function witness(added: SubmitObserver = {}) {
  const told: unknown[] = []
  const asked: ObservedSubmit[] = []
  const observe: Observer = {
    submit(submit) {
      asked.push(submit)
      return {
        ...added,
        ended: (error, jobId) => void told.push([jobId, isArcpError(error) ? error.code : error]),
      }
    },
  }
  return { told, asked, observe }
}

describe('what an observer adds to a submit', () => {
  const extensions = { 'x-vendor.a.b': { c: 1 } }

  it('goes into its envelope, but a trace the application has chosen stays', async () => {
    const { asked, observe } = witness({ traceId: 'b'.repeat(32), extensions })
    await using talk = await conversation({ observe })
    void talk.client.submit('echo', 1).catch(() => {})
    const first = await talk.peer.next('job.submit')
    expect(first).toMatchObject({
      trace_id: 'b'.repeat(32),
      extensions,
      payload: { agent: 'echo', input: 1 },
    })
    expect(first.payload).toEqual({ agent: 'echo', input: 1 })
    void talk.client.submit('echo', 1, { traceId: TRACE }).catch(() => {})
    expect(await talk.peer.next('job.submit')).toMatchObject({ trace_id: TRACE, extensions })
    expect(asked).toEqual([
      { agent: 'echo', traceId: undefined },
      { agent: 'echo', traceId: TRACE },
    ])
  })

  it('is nothing where it has nothing to add, or throws', async () => {
    const broken = () => {
      throw new Error('no')
    }
    for (const observe of [{}, { submit: () => undefined }, { submit: broken }]) {
      await using talk = await conversation({ observe })
      const job = await talk.job('job_1')
      expect(talk.peer.frames.at(-1)).not.toHaveProperty('extensions')
      talk.event('job_1', 'job.completed', 1, { result: 'fine' })
      expect(await job.result()).toBe('fine')
    }
    await using talk = await conversation({
      observe: { submit: () => ({ ended: broken }) },
    })
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.completed', 1, { result: 'fine' })
    expect(await job.result()).toBe('fine')
    expect(talk.logs.lines).toEqual(['error: an observer threw'])
  })
})

describe('an observer is told', () => {
  it('that a job has ended, though nobody reads it', async () => {
    const { told, observe } = witness()
    await using talk = await conversation({ observe })
    await talk.job('job_1')
    expect(told).toEqual([])
    talk.event('job_1', 'job.completed', 1, { result: 1 })
    await talk.clock.settle()
    expect(told).toEqual([['job_1', undefined]])
  })

  it.each([
    ['job.failed', { error: { code: 'TIMEOUT', message: 'm', retryable: false } }, 'TIMEOUT'],
    ['job.cancelled', { reason: 'r' }, 'CANCELLED'],
  ])('why a job has not ended well: %s', async (type, body, code) => {
    const { told, observe } = witness()
    await using talk = await conversation({ observe })
    await talk.job('job_1')
    talk.event('job_1', type, 1, body)
    await talk.clock.settle()
    expect(told).toEqual([['job_1', code]])
  })

  it('why there is no job', async () => {
    const { told, observe } = witness()
    await using talk = await conversation({ observe })
    const submitting = talk.client.submit('nobody', 1)
    const { id } = await talk.peer.next('job.submit')
    const error = { code: 'AGENT_NOT_AVAILABLE', message: 'm', retryable: false }
    talk.say('session.error', { request_id: id, ...error })
    await expect(submitting).rejects.toMatchObject({ code: 'AGENT_NOT_AVAILABLE' })
    expect(told).toEqual([[undefined, 'AGENT_NOT_AVAILABLE']])
  })

  it('that a job is lost with its connection', async () => {
    const { told, observe } = witness()
    await using talk = await conversation({ observe })
    await talk.job('job_1')
    await talk.peer.close()
    await talk.clock.settle()
    expect(told).toEqual([['job_1', expect.any(ConnectionError)]])
  })
})
