import type { JobEvent } from '@arcp/protocol'
import { collect } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { type Conversation, conversation, textOf } from '../testing/conversation'
import { textChunks } from '../testing/events'
import type { Job } from './job'

const FEATURES = ['ack', 'subscribe', 'typed_events']

/** A conversation in which a handle is full at four events or 100,000 bytes. */
function flowing(features = FEATURES, events = 8) {
  const capabilities = { encodings: ['json'] as ['json'], features, agents: [] }
  const limits = { unreadEvents: 4, unreadBytes: 100_000 }
  return conversation({ limits }, { capabilities, ack_window: { events, bytes: 200_000 } })
}

function send(talk: Conversation, from: number, to: number, jobId = 'job_1') {
  for (let seq = from; seq <= to; seq++) talk.event(jobId, 'job.progress', seq, { current: seq })
}

/** Reads `count` events. */
async function read(iterator: AsyncIterator<JobEvent>, count: number): Promise<(number | undefined)[]> {
  const seqs = []
  for (let n = 0; n < count; n++) seqs.push((await iterator.next()).value?.seq)
  return seqs
}

/** Sends one event after the other, each when the one before has been read. */
async function sendAndRead(talk: Conversation, iterator: AsyncIterator<JobEvent>, from: number, to: number) {
  for (let seq = from; seq <= to; seq++) {
    send(talk, seq, seq)
    expect(await read(iterator, 1)).toEqual([seq])
  }
}

async function answerHold(talk: Conversation) {
  const { id, payload } = await talk.peer.next('job.unsubscribe')
  expect(payload).toEqual({ job_id: 'job_1', hold: true })
  talk.say('job.unsubscribed', { request_id: id, job_id: 'job_1' }, { job_id: 'job_1' })
}

/** Waits for the client to ask for more of `job_1`, and says that it comes. */
async function answerResume(talk: Conversation, afterSeq: number) {
  const { id, payload, job_id } = await talk.peer.next('job.subscribe')
  expect({ ...payload, envelope: job_id }).toEqual({
    job_id: 'job_1',
    after_seq: afterSeq,
    log_epoch: 'e1',
    envelope: 'job_1',
  })
  subscribed(talk, id)
}

function subscribed(talk: Conversation, id: string, fields: object = {}) {
  const facts = { job_id: 'job_1', status: 'running', agent: 'echo@1.0.0', lease: {}, parent_job_id: null }
  const numbers = { trace_id: 'a'.repeat(32), first_seq: 1, last_seq: 100, log_epoch: 'e1' }
  talk.say('job.subscribed', { request_id: id, ...facts, ...numbers, ...fields }, { job_id: 'job_1' })
}

function asked(talk: Conversation, type: string): number {
  return talk.peer.frames.filter((frame) => frame.type === type).length
}

/** A second handle of `job_1`, from its beginning. */
async function watched(talk: Conversation): Promise<Job> {
  const subscribing = talk.client.subscribe('job_1', { afterSeq: 0 })
  subscribed(talk, (await talk.peer.next('job.subscribe')).id)
  return subscribing
}

describe('a job whose reader is behind', () => {
  it('is held, keeps what was under way, and goes on from its own place when half is read', async () => {
    await using talk = await flowing()
    const job = await talk.job('job_1')
    const iterator = job.events()
    send(talk, 1, 7)
    await answerHold(talk)
    expect(await read(iterator, 4)).toEqual([1, 2, 3, 4])
    await talk.clock.settle()
    expect(asked(talk, 'job.subscribe')).toBe(0)
    expect(await read(iterator, 1)).toEqual([5])
    await answerResume(talk, 7)
    send(talk, 8, 9)
    talk.event('job_1', 'job.completed', 10, { result: 1 })
    expect((await collect(iterator)).map(({ seq }) => seq)).toEqual([6, 7, 8, 9, 10])
    expect(await job.result()).toBe(1)
    expect(asked(talk, 'job.unsubscribe')).toBe(1)
  })

  it('R-OBS-10 holds up no other, and what comes of the others is acknowledged', async () => {
    await using talk = await flowing()
    const stalled = (await talk.job('job_1')).events()
    const other = await talk.job('job_2')
    send(talk, 1, 6)
    await answerHold(talk)
    for (let seq = 1; seq <= 50; seq++) {
      talk.event('job_2', 'job.progress', seq, { current: seq })
      if (seq % 10 === 0) await talk.peer.next('session.ack')
    }
    talk.event('job_2', 'job.completed', 51, { result: 'read' })
    expect(await other.result()).toBe('read')
    expect(await read(stalled, 1)).toEqual([1])
  })

  it('is not held while nobody iterates, for then the oldest go', async () => {
    await using talk = await flowing()
    const job = await talk.job('job_1')
    send(talk, 1, 50)
    talk.event('job_1', 'job.completed', 51, { result: 1 })
    await talk.clock.settle()
    expect(asked(talk, 'job.unsubscribe')).toBe(0)
    expect((await collect(job.events())).map(({ seq }) => seq)).toEqual([48, 49, 50, 51])
  })

  it('goes on when its iteration is left, so that its result comes', async () => {
    await using talk = await flowing()
    const job = await talk.job('job_1')
    const iterator = job.events()
    send(talk, 1, 5)
    await answerHold(talk)
    await iterator.return?.()
    await answerResume(talk, 5)
    send(talk, 6, 30)
    talk.event('job_1', 'job.completed', 31, { result: 'after all' })
    expect(await job.result()).toBe('after all')
    expect(asked(talk, 'job.unsubscribe')).toBe(1)
  })

  it('may end meanwhile: its terminal comes when it goes on', async () => {
    await using talk = await flowing()
    const iterator = (await talk.job('job_1')).events()
    send(talk, 1, 5)
    await answerHold(talk)
    expect(await read(iterator, 3)).toEqual([1, 2, 3])
    const { id } = await talk.peer.next('job.subscribe')
    subscribed(talk, id, { status: 'completed', last_seq: 6 })
    talk.event('job_1', 'job.completed', 6, { result: 1 })
    expect((await collect(iterator)).map(({ seq }) => seq)).toEqual([4, 5, 6])
  })

  it('throws what its runtime refuses to go on with, after what there is', async () => {
    await using talk = await flowing()
    const job = await talk.job('job_1')
    const iterator = job.events()
    const result = job.result()
    send(talk, 1, 5)
    await answerHold(talk)
    expect(await read(iterator, 3)).toEqual([1, 2, 3])
    const { id } = await talk.peer.next('job.subscribe')
    const details = { first_seq: 9 }
    talk.say('session.error', { request_id: id, code: 'RESUME_WINDOW_EXPIRED', message: 'gone', details })
    await expect(result).rejects.toMatchObject({ code: 'RESUME_WINDOW_EXPIRED', details })
    expect(await read(iterator, 2)).toEqual([4, 5])
    await expect(iterator.next()).rejects.toMatchObject({ code: 'RESUME_WINDOW_EXPIRED', details })
  })

  it('R-MEM-1 is filled by one window more at most; what is beyond is asked for again', async () => {
    await using talk = await flowing()
    const iterator = (await talk.job('job_1')).events()
    send(talk, 1, 20)
    await answerHold(talk)
    expect(await read(iterator, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    await answerResume(talk, 12)
    send(talk, 13, 14)
    expect(await read(iterator, 4)).toEqual([11, 12, 13, 14])
  })
})

describe('a result that is streamed', () => {
  it('R-MEM-7 is held while more waits than the limit, and goes on when half is read', async () => {
    await using talk = await flowing()
    const job = await talk.job('job_1')
    const progress: number[] = []
    job.onResultProgress((bytes) => progress.push(bytes))
    const reader = job.resultStream().getReader()
    const parts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(50_000))
    const chunks = textChunks(...parts)
    chunks.slice(0, 3).forEach((chunk, n) => {
      talk.event('job_1', 'job.result_chunk', n + 1, chunk)
    })
    await answerHold(talk)
    expect((await reader.read()).value?.length).toBe(50_000)
    await talk.clock.settle()
    expect(asked(talk, 'job.subscribe')).toBe(0)
    await reader.read()
    await answerResume(talk, 3)
    talk.event('job_1', 'job.result_chunk', 4, chunks[3])
    const whole = { result_id: 'res_1', result_size: 200_000, result_format: 'text' }
    talk.event('job_1', 'job.completed', 5, whole)
    reader.releaseLock()
    const stream = job.resultStream.bind(job)
    expect(stream).toThrow(TypeError)
    await talk.clock.settle()
    expect(progress).toEqual([50_000, 100_000, 150_000, 200_000])
  })

  it('goes on when it is cancelled', async () => {
    await using talk = await flowing()
    const job = await talk.job('job_1')
    const events = collect(job.events())
    const stream = job.resultStream()
    const chunks = textChunks('a'.repeat(60_000), 'b'.repeat(60_000), 'c', '')
    chunks.slice(0, 3).forEach((chunk, n) => {
      talk.event('job_1', 'job.result_chunk', n + 1, chunk)
    })
    await answerHold(talk)
    await stream.cancel()
    await answerResume(talk, 3)
    talk.event('job_1', 'job.result_chunk', 4, chunks[3])
    talk.event('job_1', 'job.completed', 5, { result_id: 'res_1', result_size: 120_001 })
    expect(await events).toHaveLength(5)
  })

  it('R-MEM-7 counts what had come when it was asked for', async () => {
    await using talk = await flowing()
    const job = await talk.job('job_1')
    const chunks = textChunks('a'.repeat(150_000), 'b', '')
    talk.event('job_1', 'job.result_chunk', 1, chunks[0])
    await talk.clock.settle()
    const text = job.resultStream()
    talk.event('job_1', 'job.result_chunk', 2, chunks[1])
    talk.event('job_1', 'job.result_chunk', 3, chunks[2])
    await answerHold(talk)
    const reading = textOf(text)
    await answerResume(talk, 3)
    talk.event('job_1', 'job.completed', 4, { result_id: 'res_1' })
    expect((await reading).length).toBe(150_001)
  })
})

describe('of several handles of a job', () => {
  it('a new one that the others are held behind asks again for what it is owed', async () => {
    await using talk = await flowing()
    const first = (await talk.job('job_1')).events()
    send(talk, 1, 3)
    const subscribing = talk.client.subscribe('job_1', { afterSeq: 0 })
    const early = await talk.peer.next('job.subscribe')
    send(talk, 4, 5)
    const hold = await talk.peer.next('job.unsubscribe')
    subscribed(talk, early.id)
    const second = (await subscribing).events()
    send(talk, 1, 2)
    talk.say('job.unsubscribed', { request_id: hold.id, job_id: 'job_1' }, { job_id: 'job_1' })
    await answerResume(talk, 0)
    send(talk, 1, 4)
    expect(await read(second, 4)).toEqual([1, 2, 3, 4])
    expect(await read(first, 5)).toEqual([1, 2, 3, 4, 5])
  })

  it('a full one lags alone, and catches up from its own place', async () => {
    await using talk = await flowing()
    const slow = (await talk.job('job_1')).events()
    const fast = (await watched(talk)).events()
    await sendAndRead(talk, fast, 1, 6)
    expect(await read(slow, 2)).toEqual([1, 2])
    // Live events go on until the runtime has heard of it; none of them is a gap.
    send(talk, 7, 7)
    await answerResume(talk, 4)
    expect(await read(slow, 2)).toEqual([3, 4])
    send(talk, 5, 8)
    expect(await read(slow, 4)).toEqual([5, 6, 7, 8])
    expect(await read(fast, 2)).toEqual([7, 8])
    expect(asked(talk, 'job.unsubscribe')).toBe(0)
  })

  it('none goes on once all are full, and each gets all there is', async () => {
    await using talk = await flowing()
    const first = (await talk.job('job_1')).events()
    const second = (await watched(talk)).events()
    await sendAndRead(talk, second, 1, 2)
    send(talk, 3, 7)
    await answerHold(talk)
    expect(await read(second, 3)).toEqual([3, 4, 5])
    await answerResume(talk, 7)
    expect(await read(first, 4)).toEqual([1, 2, 3, 4])
    await answerResume(talk, 4)
    send(talk, 5, 7)
    talk.event('job_1', 'job.completed', 8, { result: 1 })
    expect((await collect(first)).map(({ seq }) => seq)).toEqual([5, 6, 7, 8])
    expect((await collect(second)).map(({ seq }) => seq)).toEqual([6, 7, 8])
  })

  it('a new one starts where it asks to, though the others are full, and the job is held again for it', async () => {
    await using talk = await flowing()
    const first = (await talk.job('job_1')).events()
    send(talk, 1, 5)
    await answerHold(talk)
    const subscribing = talk.client.subscribe('job_1')
    const { id, payload } = await talk.peer.next('job.subscribe')
    expect(payload).toEqual({ job_id: 'job_1' })
    subscribed(talk, id, { last_seq: 9 })
    const second = (await subscribing).events()
    send(talk, 10, 14)
    await answerHold(talk)
    expect(await read(second, 2)).toEqual([10, 11])
    expect(await read(first, 3)).toEqual([1, 2, 3])
    await answerResume(talk, 5)
  })

  it('one that an answer passes over asks again for what it has not had', async () => {
    await using talk = await flowing()
    const first = (await talk.job('job_1')).events()
    send(talk, 1, 5)
    await answerHold(talk)
    const subscribing = talk.client.subscribe('job_1', { afterSeq: 0 })
    const early = await talk.peer.next('job.subscribe')
    expect(await read(first, 3)).toEqual([1, 2, 3])
    const late = await talk.peer.next('job.subscribe')
    expect([early.payload.after_seq, late.payload.after_seq]).toEqual([0, 5])
    subscribed(talk, early.id)
    const second = (await subscribing).events()
    send(talk, 1, 2)
    subscribed(talk, late.id)
    send(talk, 6, 6)
    await answerResume(talk, 2)
    expect(await read(second, 2)).toEqual([1, 2])
    send(talk, 3, 6)
    expect(await read(second, 4)).toEqual([3, 4, 5, 6])
    expect(await read(first, 3)).toEqual([4, 5, 6])
  })

  it('one that an answer passes over before its first event begins where it asked to', async () => {
    await using talk = await flowing()
    const first = (await talk.job('job_1')).events()
    send(talk, 1, 5)
    await answerHold(talk)
    const subscribing = talk.client.subscribe('job_1', { afterSeq: 2 })
    const early = await talk.peer.next('job.subscribe')
    expect(await read(first, 3)).toEqual([1, 2, 3])
    const late = await talk.peer.next('job.subscribe')
    subscribed(talk, early.id)
    const second = (await subscribing).events()
    subscribed(talk, late.id)
    send(talk, 6, 6)
    await answerResume(talk, 2)
    send(talk, 3, 7)
    expect(await read(second, 5)).toEqual([3, 4, 5, 6, 7])
    expect(await read(first, 4)).toEqual([4, 5, 6, 7])
  })

  it('a refusal ends the one it concerns, and the other still gets what there is for it', async () => {
    await using talk = await flowing()
    const first = (await talk.job('job_1')).events()
    const second = (await watched(talk)).events()
    await sendAndRead(talk, second, 1, 2)
    send(talk, 3, 7)
    await answerHold(talk)
    expect(await read(first, 2)).toEqual([1, 2])
    expect(await read(second, 3)).toEqual([3, 4, 5])
    const refusals = [await talk.peer.next('job.subscribe'), await talk.peer.next('job.subscribe')]
    expect(refusals.map(({ payload }) => payload.after_seq)).toEqual([4, 4])
    for (const { id } of refusals) {
      talk.say('session.error', { request_id: id, code: 'RESUME_WINDOW_EXPIRED', message: 'gone' })
    }
    expect(await read(first, 2)).toEqual([3, 4])
    await expect(first.next()).rejects.toThrow('gone')
    await answerResume(talk, 7)
    talk.event('job_1', 'job.completed', 8, { result: 1 })
    expect((await collect(second)).map(({ seq }) => seq)).toEqual([6, 7, 8])
  })

  it('one whose next event is gone is told so, when another one takes all there is', async () => {
    await using talk = await flowing()
    const behind = (await talk.job('job_1')).events()
    send(talk, 1, 3)
    expect(await read(behind, 3)).toEqual([1, 2, 3])
    const subscribing = talk.client.subscribe('job_1', { afterSeq: 0 })
    subscribed(talk, (await talk.peer.next('job.subscribe')).id, { first_seq: 9, last_seq: 9 })
    const all = (await subscribing).events()
    send(talk, 9, 9)
    expect(await read(all, 1)).toEqual([9])
    const gone = { code: 'RESUME_WINDOW_EXPIRED', details: { reason: 'events_lost', first_seq: 9 } }
    await expect(behind.next()).rejects.toMatchObject(gone)
    send(talk, 10, 10)
    expect(await read(all, 1)).toEqual([10])
  })

  it('events the runtime has lost end those that would take them', async () => {
    await using talk = await flowing()
    const full = (await talk.job('job_1')).events()
    const open = await watched(talk)
    send(talk, 1, 4)
    await talk.clock.settle()
    const lost = { job_id: 'job_1', reason: 'events_lost', first_seq: 90 }
    talk.say('job.unsubscribed', lost, { job_id: 'job_1' })
    await expect(open.result()).rejects.toMatchObject({ code: 'RESUME_WINDOW_EXPIRED' })
    expect(await read(full, 2)).toEqual([1, 2])
    await answerResume(talk, 4)
    send(talk, 5, 5)
    expect(await read(full, 3)).toEqual([3, 4, 5])
  })
})

describe('a job that is taken up by its token besides', () => {
  it('sends a handle that stands further back what it has not had', async () => {
    await using talk = await flowing()
    const first = (await talk.job('job_1')).events()
    await sendAndRead(talk, first, 1, 1)
    const taking = talk.client.submit('echo', null, { resumeToken: 'arj_job_1', afterSeq: 3 })
    talk.accept(await talk.peer.next('job.submit'), 'job_1', { resumed: true })
    const second = (await taking).events()
    send(talk, 4, 4)
    await answerResume(talk, 1)
    send(talk, 2, 5)
    expect(await read(first, 4)).toEqual([2, 3, 4, 5])
    expect(await read(second, 2)).toEqual([4, 5])
  })

  it('sends a handle what it has not had, too, when the job is watched from where it is', async () => {
    await using talk = await flowing()
    const watching = talk.client.subscribe('job_1')
    const first = (await talk.job('job_1')).events()
    await sendAndRead(talk, first, 1, 1)
    subscribed(talk, (await talk.peer.next('job.subscribe')).id, { last_seq: 3 })
    const second = (await watching).events()
    send(talk, 4, 4)
    await answerResume(talk, 1)
    send(talk, 2, 5)
    expect(await read(first, 4)).toEqual([2, 3, 4, 5])
    expect(await read(second, 2)).toEqual([4, 5])
  })

  it('is held no less for an answer that comes when nobody waits for it any more', async () => {
    await using talk = await flowing()
    const events = (await talk.job('job_1')).events()
    talk.say('job.unsubscribed', { request_id: 'nobody', job_id: 'job_1' }, { job_id: 'job_1' })
    await sendAndRead(talk, events, 1, 2)
  })
})

describe('where subscribing is not agreed', () => {
  it('a full handle has acknowledgements withheld until it has room', async () => {
    await using talk = await flowing(['ack', 'typed_events'])
    const iterator = (await talk.job('job_1')).events()
    send(talk, 1, 8)
    await talk.clock.settle()
    talk.clock.advance(1_000)
    await talk.clock.settle()
    const acks = () =>
      talk.peer.frames.filter(({ type }) => type === 'session.ack').map(({ payload }) => payload)
    const before = acks().at(-1)
    expect(before?.last_processed_seq).toBeLessThan(4)
    expect(await read(iterator, 6)).toEqual([1, 2, 3, 4, 5, 6])
    await talk.clock.settle()
    expect(acks().at(-1)).toEqual({ last_processed_seq: 8 })
    expect(asked(talk, 'job.unsubscribe') + asked(talk, 'job.subscribe')).toBe(0)
    send(talk, 9, 9)
    expect(await read(iterator, 3)).toEqual([7, 8, 9])
  })

  it('R-MEM-1 and the runtime sends on all the same, the handle fails rather than to grow', async () => {
    await using talk = await flowing(['typed_events'])
    const job = await talk.job('job_1')
    const iterator = job.events()
    send(talk, 1, 40)
    await talk.clock.settle()
    expect(await read(iterator, 12)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    send(talk, 41, 41)
    await expect(iterator.next()).rejects.toThrow('events of job_1 are missing: seq 41 where 13 was due')
  })
})
