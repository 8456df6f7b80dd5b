import type { JobAccepted } from '@arcp/protocol'
import { collect } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../limits'
import { TRACE } from '../testing/conversation'
import { completed, progress } from '../testing/events'
import { logs } from '../testing/logs'
import { Jobs } from './jobs'

function jobs({ expecting = false, limits = DEFAULT_LIMITS } = {}) {
  return new Jobs({
    limits,
    logger: logs(),
    requests: { inTurn: expecting ? 1 : 0, ask: async () => Promise.reject(new Error('nobody to ask')) },
    cancel: async () => 'running',
    eased() {},
  })
}

function accepted(jobId: string): JobAccepted {
  return {
    request_id: 'msg_1',
    job_id: jobId,
    agent: 'echo@1.0.0',
    lease: {},
    accepted_at: '2026-01-01T00:00:00.000Z',
    trace_id: TRACE,
    first_seq: 1,
  }
}

/** How many jobs are followed. */
const count = (all: Jobs) => [...all.followed()].length

describe('the jobs of a session', () => {
  it('R-MEM-1 are let go when they end, and lead to nobody then', async () => {
    const all = jobs()
    for (let n = 0; n < 1_000; n++) {
      const job = all.add(accepted(`job_${n}`))
      expect(count(all)).toBe(1)
      all.deliver(job.id, completed(1, n), 10)
      expect(count(all)).toBe(0)
      expect(await job.result()).toBe(n)
    }
    all.deliver('job_0', progress(2), 10)
    expect(count(all)).toBe(0)
  })

  it('stay as long as one of their handles follows them', () => {
    const all = jobs()
    const first = all.add(accepted('job_1'))
    all.deliver('job_1', progress(1), 10)
    const second = all.add({ ...accepted('job_1') })
    all.deliver('job_1', completed(2), 10)
    expect([first.ended, second.ended]).toEqual([true, true])
    expect(count(all)).toBe(0)
    const third = all.add(accepted('job_1'))
    const fourth = all.add(accepted('job_1'))
    third.lose(new Error('this one'))
    expect(count(all)).toBe(1)
    all.deliver('job_1', completed(1), 10)
    expect(fourth.ended).toBe(true)
    expect(count(all)).toBe(0)
  })

  it('are all lost with the session', async () => {
    const all = jobs()
    const handles = ['a', 'a', 'b'].map((id) => all.add(accepted(id)))
    all.loseAll(new Error('gone'))
    expect(count(all)).toBe(0)
    for (const handle of handles) await expect(handle.result()).rejects.toThrow('gone')
  })
})

describe('events of jobs nobody knows', () => {
  it('are kept while an answer is awaited', async () => {
    const all = jobs({ expecting: true })
    all.deliver('job_1', progress(1), 10)
    all.deliver('job_1', completed(2), 10)
    expect(await collect(all.add(accepted('job_1')).events())).toHaveLength(2)
  })

  it('are not kept otherwise', async () => {
    const all = jobs({ expecting: false })
    all.deliver('job_1', progress(1), 10)
    const job = all.add(accepted('job_1'))
    all.deliver('job_1', completed(2), 10)
    await expect(job.result()).rejects.toThrow('seq 2 where 1 was due')
  })
})
