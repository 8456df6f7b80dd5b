import { messageIds, systemRandom } from '@arcp/protocol'
import { type RawFrame, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { Job } from '../jobs/job'
import { JobLog } from '../jobs/log'
import type { AckWindow } from './credit'
import { Cursor } from './cursor'
import { Numbering } from './numbering'
import { SessionPump } from './pump'

/** A pump whose turns a test gives, and what it sent. */
function pumpOf({
  sendBufferBytes = 1_000_000,
  ackWindow = undefined as AckWindow | undefined,
  replay = [] as { log: JobLog; from: number; count: number }[],
} = {}) {
  const frames: RawFrame[] = []
  const asked: SessionPump[] = []
  const finished: string[] = []
  const behind: string[] = []
  const gaps: true[] = []
  const slow: number[] = []
  const stalled: string[] = []
  const clock = new TestClock()
  const channel = {
    bufferedBytes: 0,
    sendFrames: (sent: readonly string[]) => void frames.push(...sent.map((text) => JSON.parse(text))),
  }
  const reader = {
    isOwner: () => true,
    resumeToken: () => 'arj_"token"',
    onReady: (cursor: Cursor) => pump.add(cursor),
    onPulse: () => {},
  }
  const cursorOf = (log: JobLog, afterSeq = 0) => new Cursor(jobOf(log), afterSeq, reader)
  const pump = new SessionPump({
    sessionId: 'sess_"1"',
    numbering: new Numbering<Cursor>(10),
    channel,
    replay: replay.map(({ log, from, count }) => ({
      owner: cursorOf(log),
      firstEventSeq: from,
      firstSeq: from,
      count,
    })),
    nextId: messageIds(systemRandom),
    clock,
    ackWindow,
    sendBufferBytes,
    slowConsumerMs: 1_000,
    onReady: (ready) => void asked.push(ready),
    onFinished: ({ log }) => void finished.push(log.jobId),
    onBehind: ({ log }) => void behind.push(log.jobId),
    onGap: () => void gaps.push(true),
    onSlow: () => void slow.push(clock.monotonic()),
    onStalled: (by) => void stalled.push(by),
  })
  return { pump, frames, asked, finished, behind, gaps, slow, stalled, clock, channel, cursorOf }
}

function jobOf(log: JobLog): Job {
  const scope = { principal: 'ada', chain: [] }
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  return new Job({ id: log.jobId, agent: 'a@1', scope, lease: {}, traceId, createdAt: 0, log }, 'sess_1')
}

function logOf(jobId: string, types: readonly string[], size = 0): JobLog {
  const log = new JobLog(jobId, { logEvents: 1_000, logSize: 1_000_000 })
  for (const [index, type] of types.entries()) {
    log.append({ seq: index + 1, type, payload: JSON.stringify({ seq: index + 1, ts: 't'.repeat(size) }) })
  }
  log.confirm(types.length)
  return log
}

describe('a pump', () => {
  it('says so when what is to be sent again has been let go, and sends nothing in its place', () => {
    const log = new JobLog('job_1', { logEvents: 1, logSize: 1_000_000 })
    for (let seq = 1; seq <= 3; seq++) log.append({ seq, type: 'job.progress', payload: `{"seq":${seq}}` })
    log.confirm(3)
    log.release(1)
    const { pump, frames, gaps } = pumpOf({ replay: [{ log, from: 1, count: 3 }] })
    pump.begin()
    expect(pump.step(64)).toBe(0)
    pump.flush()
    expect(gaps).toEqual([true])
    expect(frames).toEqual([])
  })

  it('writes envelopes, whatever stands in names, types and tokens', () => {
    const { pump, frames, cursorOf } = pumpOf()
    const log = logOf('job_"1"', ['job.queued', 'job.started', 'x-acme.thing', 'job.completed'])
    pump.add(cursorOf(log))
    pump.step(64)
    pump.flush()
    expect(frames.map(({ type, event_seq, payload }) => [type, event_seq, payload.seq])).toEqual([
      ['job.queued', 1, 1],
      ['job.started', 2, 2],
      ['x-acme.thing', 3, 3],
      ['job.completed', 4, 4],
    ])
    for (const frame of frames) {
      expect(frame).toMatchObject({
        arcp: '1.1',
        id: expect.stringMatching(/^msg_/),
        session_id: 'sess_"1"',
        job_id: 'job_"1"',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
      })
    }
    expect(frames[1]?.payload.resume_token).toBe('arj_"token"')
    expect(frames[0]?.payload).not.toHaveProperty('resume_token')
  })

  it('tells which jobs it has sent the end of', () => {
    const { pump, finished, cursorOf } = pumpOf()
    for (const id of ['a', 'b'])
      pump.add(cursorOf(logOf(id, ['job.queued', `job.${id === 'a' ? 'failed' : 'log'}`])))
    for (let i = 0; i < 4; i++) pump.step(64)
    expect(finished).toEqual(['a'])
  })

  it('tells which cursor has fallen behind its log, and goes on with the others (R-OBS-5)', () => {
    const { pump, frames, behind, cursorOf } = pumpOf()
    const log = logOf('behind', ['job.queued', 'job.log'])
    pump.add(cursorOf(log))
    log.clear()
    pump.add(cursorOf(logOf('fine', ['job.queued'])))
    while (pump.hasWork) pump.step(64)
    pump.flush()
    expect(behind).toEqual(['behind'])
    expect(frames.map(({ job_id }) => job_id)).toEqual(['fine'])
  })

  it('goes on by itself over a transport in which nothing ever waits', () => {
    const { pump, frames, asked, cursorOf } = pumpOf({ sendBufferBytes: 100 })
    pump.add(cursorOf(logOf('a', ['job.queued', 'job.started', 'job.log', 'job.completed'], 60)))
    for (let turn = 0; turn < asked.length; turn++) {
      while (pump.hasWork) pump.step(64)
      pump.flush()
    }
    expect(frames.map(({ type }) => type)).toEqual(['job.queued', 'job.started', 'job.log', 'job.completed'])
  })

  it('takes what such a transport was handed for taken in, where nothing is acknowledged', () => {
    const { pump, cursorOf } = pumpOf()
    const log = new JobLog('a', { logEvents: 4, logSize: 1_000_000 })
    const cursor = cursorOf(log)
    for (let seq = 1; seq <= 10; seq++) {
      log.append({ seq, type: 'job.log', payload: `{"seq":${seq}}` })
      log.confirm(seq)
      pump.add(cursor)
      pump.step(64)
      pump.flush()
    }
    expect([log.firstSeq, log.lastSeq]).toEqual([7, 10])
  })

  it('takes nothing for taken in that a transport drops because it is closing', () => {
    const { pump, channel, cursorOf } = pumpOf()
    // The welcome waits in it, and leaves.
    channel.bufferedBytes = 500
    pump.begin()
    channel.bufferedBytes = 0
    pump.drained()
    const log = new JobLog('a', { logEvents: 4, logSize: 1_000_000 })
    const cursor = cursorOf(log)
    for (let seq = 1; seq <= 10; seq++) {
      log.append({ seq, type: 'job.log', payload: `{"seq":${seq}}` })
      log.confirm(seq)
      pump.add(cursor)
      pump.step(64)
      pump.flush()
    }
    expect([log.firstSeq, log.lastSeq]).toEqual([1, 10])
  })

  it('is held back while too much waits, and asks for a turn when that has left', () => {
    const { pump, frames, asked, channel, cursorOf } = pumpOf({ sendBufferBytes: 100 })
    channel.bufferedBytes = 101
    pump.add(cursorOf(logOf('a', ['job.queued'])))
    expect([asked.length, pump.step(64), pump.hasWork]).toEqual([1, 0, false])
    channel.bufferedBytes = 50
    pump.drained()
    expect([asked.length, pump.hasWork], 'not before all of it has left').toEqual([1, false])
    channel.bufferedBytes = 0
    pump.drained()
    expect([asked.length, pump.step(64)]).toEqual([2, 1])
    pump.flush()
    expect(frames).toHaveLength(1)
  })

  it('counts what it has encoded and not sent yet', () => {
    const { pump, cursorOf } = pumpOf({ sendBufferBytes: 100 })
    pump.add(cursorOf(logOf('a', Array(50).fill('job.log'))))
    const sent = pump.step(64)
    expect(sent).toBeGreaterThan(2)
    expect(sent).toBeLessThan(8)
    expect(pump.step(64)).toBe(0)
  })

  it('gives each cursor its turn, also where credit ends before the turn does', () => {
    const { pump, frames, cursorOf } = pumpOf({ ackWindow: { events: 10, bytes: 100_000 } })
    pump.add(cursorOf(logOf('a', Array(100).fill('job.log'))))
    pump.add(cursorOf(logOf('b', Array(100).fill('job.log'))))
    for (let taken = 0; taken <= 90; taken += 10) {
      pump.acknowledged(taken)
      while (pump.hasWork) pump.step(64)
    }
    pump.flush()
    const jobs = frames.map(({ job_id }) => job_id)
    expect([jobs.length, jobs.filter((id) => id === 'a').length]).toEqual([100, 50])
  })

  it('lets smaller events wait for one that is too large for the credit left, once for each of them', () => {
    const { pump, frames, cursorOf } = pumpOf({ ackWindow: { events: 1_000, bytes: 300 } })
    pump.add(cursorOf(logOf('large', Array(5).fill('job.log'), 280)))
    pump.add(cursorOf(logOf('small', Array(1_000).fill('job.log'))))
    while (frames.length < 300) {
      while (pump.hasWork) pump.step(64)
      pump.flush()
      pump.acknowledged(pump.lastEventSeq)
    }
    const jobs = frames.map(({ job_id }) => job_id)
    expect(jobs.filter((id) => id === 'large')).toHaveLength(5)
    for (let i = 1; i < jobs.length; i++) expect([jobs[i - 1], jobs[i]]).not.toEqual(['large', 'large'])
  })

  it('holds back what there is no credit for, and asks for a turn when there is', () => {
    const { pump, frames, asked, stalled, cursorOf } = pumpOf({ ackWindow: { events: 2, bytes: 1_000 } })
    pump.add(cursorOf(logOf('a', Array(5).fill('job.log'))))
    expect([pump.step(64), pump.hasWork, asked.length]).toEqual([2, false, 1])
    expect(stalled).toEqual(['credit'])
    pump.drained()
    expect([pump.step(64), asked.length], 'what leaves the transport is no credit').toEqual([0, 1])
    pump.acknowledged(1)
    expect([asked.length, pump.step(64), pump.hasWork]).toEqual([2, 1, false])
    pump.flush()
    expect(frames.map(({ event_seq }) => event_seq)).toEqual([1, 2, 3])
    expect(pump.lastEventSeq).toBe(3)
  })

  it('says that events have waited too long, and of nothing once it is closed', () => {
    const { pump, slow, clock, cursorOf } = pumpOf({ ackWindow: { events: 2, bytes: 1_000 } })
    pump.add(cursorOf(logOf('a', Array(5).fill('job.log'))))
    pump.step(64)
    clock.advance(999)
    pump.acknowledged(1)
    pump.step(64)
    clock.advance(999)
    expect(slow).toEqual([])
    clock.advance(1)
    expect(slow).toEqual([1_999])
    const other = pumpOf({ ackWindow: { events: 2, bytes: 1_000 } })
    other.pump.add(other.cursorOf(logOf('a', Array(5).fill('job.log'))))
    other.pump.step(64)
    other.pump.close()
    other.clock.advance(5_000)
    expect([other.slow, other.clock.timers]).toEqual([[], 0])
  })

  it('does not count bytes that have left as none, though nobody said so', () => {
    const { pump, slow, stalled, clock, channel, cursorOf } = pumpOf({ sendBufferBytes: 100 })
    channel.bufferedBytes = 500
    pump.add(cursorOf(logOf('a', ['job.log'])))
    pump.step(64)
    clock.advance(999)
    channel.bufferedBytes = 499
    clock.advance(1_000)
    expect(slow).toEqual([])
    clock.advance(1)
    expect(slow).toEqual([2_000])
    expect(stalled, 'told once').toEqual(['transport'])
  })

  it('asks for one turn, however many cursors find work', () => {
    const { pump, asked, cursorOf } = pumpOf()
    for (const id of ['a', 'b', 'c']) pump.add(cursorOf(logOf(id, ['job.queued'])))
    expect(asked).toHaveLength(1)
  })

  it('that is closed sends nothing and has no work, also in the middle of a replay', () => {
    const log = logOf('a', Array(200).fill('job.log'))
    const { pump, frames, cursorOf } = pumpOf({ replay: [{ log, from: 1, count: 200 }] })
    pump.begin()
    expect([pump.hasWork, pump.step(64)]).toEqual([true, 64])
    pump.add(cursorOf(logOf('b', ['job.queued'])))
    pump.close()
    pump.add(cursorOf(logOf('c', ['job.queued'])))
    expect([pump.hasWork, pump.step(64)]).toEqual([false, 0])
    pump.flush()
    pump.drained()
    expect([pump.hasWork, frames]).toEqual([false, []])
  })
})
