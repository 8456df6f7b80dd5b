import { inspect } from 'node:util'
import { ArcpError, getExtension, InternalError, TimeoutError } from '@arcp/protocol'
import { collect } from '@arcp/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { conversation, textOf } from '../testing/conversation'
import { textChunks } from '../testing/events'

const unhandled: unknown[] = []
const remember = (reason: unknown) => void unhandled.push(reason)
beforeEach(() => void process.on('unhandledRejection', remember))
afterEach(() => {
  process.off('unhandledRejection', remember)
  expect(unhandled.splice(0)).toEqual([])
})

describe('events', () => {
  it('come in order, flat, with the names and the x-* of the wire', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const span = JSON.parse('{"__proto__":{"deep":[1,null]},"a":{"b":"c"}}')
    talk.event('job_1', 'job.queued', 1, { agent: 'echo@1.0.0', position: 0 })
    talk.event('job_1', 'job.progress', 2, { current: 1, total: 2, 'x-acme-span': span })
    talk.event('job_1', 'x-acme.note', 3, { body: [span], __proto: 1 })
    talk.event('job_1', 'job.from_the_future', 4, { anything: 'goes', type: 'shadowed' })
    talk.event('job_1', 'job.completed', 5, { result: null, summary: 'done' })
    const events = await collect(job.events())
    const ts = '2026-01-01T00:00:00.000Z'
    expect(events.map((event) => JSON.parse(JSON.stringify(event)))).toEqual([
      { type: 'job.queued', seq: 1, ts, agent: 'echo@1.0.0', position: 0 },
      { type: 'job.progress', seq: 2, ts, current: 1, total: 2, 'x-acme-span': span },
      { type: 'x-acme.note', seq: 3, ts, body: [span], __proto: 1 },
      { type: 'job.from_the_future', seq: 4, ts, anything: 'goes' },
      { type: 'job.completed', seq: 5, ts, result: null, summary: 'done' },
    ])
    expect(JSON.stringify(getExtension(events[1] ?? {}, 'x-acme-span'))).toBe(JSON.stringify(span))
  })

  it('that came before are passed over', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    for (const seq of [1, 2, 1, 2, 3]) talk.event('job_1', 'job.progress', seq, { current: seq })
    talk.event('job_1', 'job.completed', 4)
    expect((await collect(job.events())).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  })

  it('after the terminal are none', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.completed', 1, { result: 1 })
    talk.event('job_1', 'job.failed', 2, { error: { code: 'TIMEOUT', message: 'no' } })
    expect(await job.result()).toBe(1)
    expect((await collect(job.events())).map(({ type }) => type)).toEqual(['job.completed'])
  })

  it.each([
    ['at the start', [2]],
    ['further on', [1, 2, 4]],
  ])('with a gap %s fail that job only', async (_, seqs) => {
    await using talk = await conversation()
    const broken = await talk.job('job_1')
    const fine = await talk.job('job_2')
    const result = broken.result()
    for (const seq of seqs) talk.event('job_1', 'job.progress', seq, { current: 1 })
    await expect(result).rejects.toThrow(InternalError)
    await expect(result).rejects.toThrow(/events of job_1 are missing: seq \d where \d was due/)
    talk.event('job_2', 'job.completed', 1, { result: 'fine' })
    expect(await fine.result()).toBe('fine')
    expect(talk.client.state).toBe('connected')
  })

  it('start where the runtime says, or where they start when it says nothing', async () => {
    await using talk = await conversation()
    const told = await talk.job('job_1', { first_seq: 7 })
    const silent = await talk.job('job_2', { first_seq: null })
    for (const id of ['job_1', 'job_2']) {
      talk.event(id, 'job.progress', 7, { current: 1 })
      talk.event(id, 'job.completed', 8)
    }
    expect((await collect(told.events())).map(({ seq }) => seq)).toEqual([7, 8])
    expect((await collect(silent.events())).map(({ seq }) => seq)).toEqual([7, 8])
  })

  it('that come before the answer are held for it', async () => {
    await using talk = await conversation()
    const submitting = talk.client.submit('echo', 1)
    const submit = await talk.peer.next('job.submit')
    talk.event('job_1', 'job.queued', 1)
    talk.event('job_1', 'job.completed', 2, { result: 'early' })
    talk.accept(submit, 'job_1')
    const job = await submitting
    expect(await collect(job.events())).toHaveLength(2)
    expect(await job.result()).toBe('early')
  })

  it('that come before the answer, too many to hold, are found missing', async () => {
    await using talk = await conversation({ limits: { unclaimedEvents: 1 } })
    const submitting = talk.client.submit('echo', 1)
    const submit = await talk.peer.next('job.submit')
    for (const seq of [1, 2, 3]) talk.event('job_1', 'job.progress', seq, { current: 1 })
    talk.accept(submit, 'job_1')
    await expect((await submitting).result()).rejects.toThrow(
      'events of job_1 are missing: seq 3 where 1 was due',
    )
  })

  it('R-OBS-10 of a job nobody reads do not hold up the others', async () => {
    await using talk = await conversation()
    const unread = await talk.job('job_1')
    const read = await talk.job('job_2')
    const events = collect(read.events())
    for (let seq = 1; seq <= 2_000; seq++) {
      for (const id of ['job_1', 'job_2']) talk.event(id, 'job.progress', seq, { current: seq })
    }
    for (const id of ['job_1', 'job_2']) talk.event(id, 'job.completed', 2_001, { result: id })
    expect(await Promise.all([unread.result(), read.result()])).toEqual(['job_1', 'job_2'])
    expect(await events).toHaveLength(2_001)
  })

  it('go to every handle of a job, to each from where it is', async () => {
    await using talk = await conversation()
    const first = await talk.job('job_1')
    talk.event('job_1', 'job.queued', 1)
    talk.event('job_1', 'job.progress', 2, { current: 1 })
    const second = await talk.job('job_1')
    for (const seq of [1, 2, 3]) talk.event('job_1', 'job.progress', seq, { current: seq })
    talk.event('job_1', 'job.completed', 4, { result: 'both' })
    expect((await collect(first.events())).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect((await collect(second.events())).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect(await Promise.all([first.result(), second.result()])).toEqual(['both', 'both'])
  })
})

describe('each use of a job works without the others', () => {
  it('R-LIF-15 a job that fails while only its events are read rejects nothing', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const events = collect(job.events())
    talk.event('job_1', 'job.failed', 1, { error: { code: 'TIMEOUT', message: 'too long' } })
    expect(await events).toHaveLength(1)
    await talk.clock.settle()
    await expect(job.result()).rejects.toThrow(TimeoutError)
  })

  it('R-LIF-15 a job nobody looks at rejects nothing when it fails or is lost', async () => {
    await using talk = await conversation()
    await talk.job('job_1')
    await talk.job('job_2')
    talk.event('job_1', 'job.failed', 1, { error: { code: 'TIMEOUT', message: 'too long' } })
    await talk.peer.close()
    await talk.clock.settle()
  })

  it('the result alone', async () => {
    await using talk = await conversation()
    const job = await talk.job<number>('job_1')
    const result = job.result()
    for (let seq = 1; seq <= 5; seq++) talk.event('job_1', 'job.progress', seq, { current: seq })
    talk.event('job_1', 'job.completed', 6, { result: 5 })
    expect(await result).toBe(5)
    expect((await collect(job.events())).map(({ type }) => type)).toEqual(['job.completed'])
  })

  it('result first, events after it in the same tick', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.queued', 1)
    await talk.clock.settle()
    const both = Promise.all([job.result(), collect(job.events())])
    talk.event('job_1', 'job.completed', 2, { result: 5 })
    const [result, events] = await both
    expect(result).toBe(5)
    expect(events.map(({ seq }) => seq)).toEqual([1, 2])
  })

  it('everything after the end', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.queued', 1)
    talk.event('job_1', 'job.completed', 2, { result: 5 })
    await talk.clock.settle()
    expect(await collect(job.events())).toHaveLength(2)
    expect(await job.result()).toBe(5)
  })

  it('events left early, and the result all the same', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.queued', 1)
    for await (const event of job.events()) {
      expect(event.type).toBe('job.queued')
      break
    }
    talk.event('job_1', 'job.progress', 2, { current: 1 })
    talk.event('job_1', 'job.completed', 3, { result: 5 })
    expect(await job.result()).toBe(5)
  })

  it('a second reader is refused while the first reads', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    job.events()
    expect(() => job.events()).toThrow('a job has one reader at a time')
  })
})

describe('the result', () => {
  it('of a failed job is the error of its code, with its details', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const error = { code: 'TIMEOUT', message: 'too long', retryable: true, details: { limit: 3 } }
    talk.event('job_1', 'job.failed', 1, { error })
    await expect(job.result()).rejects.toBeInstanceOf(TimeoutError)
    await expect(job.result()).rejects.toMatchObject(error)
  })

  it('of a failed job with an unknown code has that code', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.failed', 1, { error: { code: 'X_OWN', message: 'mine' } })
    await expect(job.result()).rejects.toBeInstanceOf(ArcpError)
    await expect(job.result()).rejects.toMatchObject({ code: 'X_OWN', retryable: false })
  })

  it.each([undefined, null, 'boom', {}, { code: 1, message: 'm' }])(
    'of a job that failed with %j says that this cannot be read',
    async (error) => {
      await using talk = await conversation()
      const job = await talk.job('job_1')
      talk.event('job_1', 'job.failed', 1, { error })
      await expect(job.result()).rejects.toThrow('unreadable error')
    },
  )

  it('R-CHK-1 in chunks is put together, and its chunks are events too', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const events = collect(job.events())
    textChunks('{"a":', '[1]}', '').forEach((chunk, n) => {
      talk.event('job_1', 'job.result_chunk', n + 1, chunk)
    })
    const whole = { result_id: 'res_1', result_size: 9, result_format: 'json' }
    talk.event('job_1', 'job.completed', 4, whole)
    expect(await job.result()).toEqual({ a: [1] })
    expect(await events).toHaveLength(4)
  })

  it('R-CHK-1 in chunks that do not fit is an error; events and other jobs go on', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const events = collect(job.events())
    const [, second] = textChunks('a', 'b')
    talk.event('job_1', 'job.result_chunk', 1, second)
    await expect(job.result()).rejects.toThrow('chunk_seq 1 where 0 was due')
    talk.event('job_1', 'job.completed', 2, { result_id: 'res_1' })
    expect(await events).toHaveLength(2)
  })

  it('streams while the job runs', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const reader = job.resultStream().getReader()
    const [first, last] = textChunks('ab', 'cd')
    talk.event('job_1', 'job.result_chunk', 1, first)
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('ab')
    talk.event('job_1', 'job.result_chunk', 2, last)
    const whole = { result_id: 'res_1', result_size: 4, result_format: 'text' }
    talk.event('job_1', 'job.completed', 3, whole)
    reader.releaseLock()
    await talk.clock.settle()
    expect(() => job.resultStream()).toThrow(TypeError)
  })

  it('streams what failed as an error', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const text = textOf(job.resultStream())
    talk.event('job_1', 'job.cancelled', 1, { reason: 'enough' })
    await expect(text).rejects.toThrow('enough')
  })
})

describe('the resume token', () => {
  it('is the one of the start where the answer had none', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1', { resume_token: null })
    expect(job.resumeToken).toBeUndefined()
    talk.event('job_1', 'job.started', 1, { agent: 'echo@1.0.0', attempt: 1, resume_token: 'arj_new' })
    await talk.clock.settle()
    expect(job.resumeToken).toBe('arj_new')
  })
})

describe('the credentials', () => {
  const credential = (value: string) => ({
    id: `cred_${value}`,
    scheme: 'bearer',
    value,
    endpoint: 'https://a.test',
  })

  it('are those of the answer, then those of the last rotation that tells any', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1', { credentials: [credential('one')] })
    expect(job.credentials).toEqual([credential('one')])
    talk.event('job_1', 'job.status', 1, { phase: 'credential_rotated', credentials: [credential('two')] })
    talk.event('job_1', 'job.status', 2, { phase: 'thinking' })
    await talk.clock.settle()
    expect(job.credentials).toEqual([credential('two')])
  })

  it('are none where the runtime tells none', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    expect(job.credentials).toEqual([])
  })

  it('are not written with the job, as its token is not', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1', { credentials: [credential('S3CR3T')], resume_token: 'arj_S3CR3T' })
    expect(inspect(job.credentials)).toContain('S3CR3T')
    expect(inspect(job, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('S3CR3T')
    expect(JSON.stringify(job)).not.toContain('S3CR3T')
  })
})
