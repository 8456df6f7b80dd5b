import type { LogEntry } from '@arcp/protocol/store'
import { describe, expect, it } from 'vitest'
import { JobLog, type LogLimits, type WhenLogFull } from './log'

const entry = (seq: number, size = 10): LogEntry => ({
  seq,
  type: 'job.progress',
  payload: 'x'.repeat(size),
})

/** A log of `count` durable entries. */
function logOf(count: number, limits: LogLimits = { logEvents: 4, logSize: 1_000 }): JobLog {
  const log = new JobLog('job_1', limits)
  for (let seq = 1; seq <= count; seq++) log.append(entry(seq))
  log.confirm(count)
  return log
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol()
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

describe('a log', () => {
  it('is read up to what is durable', () => {
    const log = logOf(2)
    log.append(entry(3))
    expect([log.firstSeq, log.lastSeq, log.durableSeq]).toEqual([1, 3, 2])
    expect([log.read(0), log.read(2)?.seq, log.read(3), log.read(4)]).toEqual([
      undefined,
      2,
      undefined,
      undefined,
    ])
    log.confirm(3)
    expect(log.read(3)?.seq).toBe(3)
  })

  it('wakes those who follow when something has become durable', () => {
    const log = logOf(0)
    const woken: number[] = []
    const follower = { wake: () => void woken.push(log.durableSeq) }
    log.followers.add(follower)
    log.append(entry(1))
    expect(woken).toEqual([])
    log.confirm(1)
    log.followers.delete(follower)
    log.confirm(1)
    expect(woken).toEqual([1])
  })

  it('hands out what is new once', () => {
    const log = logOf(0)
    expect(log.takeBatch(7)).toBeUndefined()
    log.append(entry(1))
    log.append(entry(2))
    expect(log.takeBatch(7)).toEqual({ jobId: 'job_1', hostEpoch: 7, entries: [entry(1), entry(2)] })
    expect(log.takeBatch(7)).toBeUndefined()
    log.append(entry(3))
    expect(log.takeBatch(7)?.entries).toEqual([entry(3)])
  })

  it('keeps everything while there is room', () => {
    const log = logOf(4)
    log.release(Number.POSITIVE_INFINITY)
    expect([log.firstSeq, log.isFull]).toEqual([1, false])
  })
})

describe('a full log', () => {
  it('lets go of the oldest that were released, and of no more than it must', () => {
    const log = logOf(7)
    expect([log.firstSeq, log.isFull]).toEqual([1, true])
    log.release(2)
    expect([log.firstSeq, log.isFull]).toEqual([3, true])
    log.release(6)
    expect([log.firstSeq, log.isFull]).toEqual([4, false])
  })

  it('lets go of nothing that is not durable, whoever released it', () => {
    const log = logOf(2)
    log.release(Number.POSITIVE_INFINITY)
    for (let seq = 3; seq <= 8; seq++) log.append(entry(seq))
    expect(log.firstSeq).toBe(3)
    log.confirm(8)
    expect(log.firstSeq).toBe(5)
  })

  it('is full by size, too', () => {
    const log = new JobLog('job_1', { logEvents: 100, logSize: 25 })
    for (let seq = 1; seq <= 2; seq++) log.append(entry(seq))
    expect([log.isFull, log.isOverflowing]).toEqual([false, false])
    log.append(entry(3))
    expect([log.isFull, log.isOverflowing, log.size]).toEqual([true, false, 30])
    for (let seq = 4; seq <= 5; seq++) log.append(entry(seq))
    expect(log.isOverflowing).toBe(true)
    log.confirm(5)
    log.release(5)
    expect([log.firstSeq, log.size, log.isFull]).toEqual([4, 20, false])
  })

  it('that has ended keeps its newest entry, however large', () => {
    const log = logOf(3)
    log.append(entry(4, 2_000))
    log.end()
    log.confirm(4)
    log.release(Number.POSITIVE_INFINITY)
    expect([log.firstSeq, log.read(4)?.seq]).toEqual([4, 4])
  })

  it('overflows at exactly twice its events', () => {
    const log = logOf(7)
    expect(log.isOverflowing).toBe(false)
    log.append(entry(8))
    expect(log.isOverflowing).toBe(true)
  })

  it('makes everybody wait for the same, until there is room', async () => {
    const log = logOf(5)
    const room = log.whenRoom()
    expect(log.whenRoom()).toBe(room)
    expect(await isSettled(room)).toBe(false)
    log.release(1)
    expect(await isSettled(room)).toBe(true)
    expect(log.whenRoom()).not.toBe(room)
  })

  it('lets those go who wait, where the job is to end', async () => {
    const log = logOf(5)
    const room = log.whenRoom()
    log.letWaitersGo()
    expect(await isSettled(room)).toBe(true)
  })

  it('counts as full while the store does not take what is written', async () => {
    const log = logOf(1)
    log.stalled = true
    expect(log.isFull).toBe(true)
    const room = log.whenRoom()
    log.release(1)
    expect(await isSettled(room)).toBe(false)
    log.stalled = false
    expect([log.isFull, await isSettled(room)]).toEqual([false, true])
  })

  it('goes on as before after a hundred thousand entries', () => {
    const log = new JobLog('job_1', { logEvents: 10, logSize: 1_000_000 })
    log.release(Number.POSITIVE_INFINITY)
    for (let seq = 1; seq <= 100_000; seq++) {
      log.append(entry(seq, seq % 7))
      log.takeBatch(1)
      log.confirm(seq)
    }
    expect([log.firstSeq, log.lastSeq]).toEqual([99_991, 100_000])
    const sizes = Array.from({ length: 10 }, (_, i) => (99_991 + i) % 7)
    expect(log.size).toBe(sizes.reduce((a, b) => a + b))
    expect(log.read(99_990)).toBeUndefined()
    expect(log.read(99_995)?.seq).toBe(99_995)
  })
})

describe('a full log nobody waits for', () => {
  const full = (whenLogFull?: WhenLogFull) => logOf(7, { logEvents: 4, logSize: 1_000, whenLogFull })

  it('lets the oldest go, taken in or not, and still lets an owner be waited for who comes later', () => {
    const log = full()
    log.abandon()
    expect([log.firstSeq, log.isFull]).toEqual([4, false])
    log.release(4)
    for (let seq = 8; seq <= 10; seq++) log.append(entry(seq))
    log.confirm(10)
    expect([log.firstSeq, log.isFull]).toEqual([5, true])
  })

  it('waits all the same where it is told to: `wait`', () => {
    const log = full('wait')
    log.release(1)
    log.abandon()
    expect([log.firstSeq, log.isFull]).toEqual([2, true])
    log.release(3)
    expect([log.firstSeq, log.isFull]).toEqual([4, false])
  })

  it('is any full log, whoever owns it, where it is told so: `let-go`', () => {
    const log = full('let-go')
    expect([log.firstSeq, log.isFull]).toEqual([4, false])
    log.hold()
    log.append(entry(8))
    log.confirm(8)
    expect([log.firstSeq, log.isFull]).toEqual([5, false])
    log.append(entry(9, 995))
    expect([log.firstSeq, log.isFull]).toEqual([9, false])
    log.append(entry(10))
    expect([log.firstSeq, log.isFull], 'what is not durable never goes').toEqual([9, true])
  })
})

describe('a log that is forgotten', () => {
  it('holds nothing, and tells whoever had something left to read', () => {
    const log = logOf(3)
    let woken = 0
    log.followers.add({ wake: () => woken++ })
    log.clear()
    expect([log.size, log.read(3), log.firstSeq, log.lastSeq, woken]).toEqual([0, undefined, 4, 3, 1])
    expect(log.takeBatch(1)).toBeUndefined()
  })
})
