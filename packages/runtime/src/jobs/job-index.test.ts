import { describe, expect, it } from 'vitest'
import { Job } from './job'
import { JobIndex } from './job-index'
import { JobLog } from './log'

function jobOf(id: string, createdAt: number): Job {
  const log = new JobLog(id, { logEvents: 10, logSize: 10_000 })
  const scope = { principal: 'ada', chain: [] }
  return new Job({ id, agent: 'a@1', scope, lease: {}, traceId: 't', createdAt, log }, 'sess_1')
}

function idsAfter(index: JobIndex, place?: { readonly createdAt: number; readonly jobId: string }): string {
  return [...index.after(place)].map(({ facts }) => facts.id).join('')
}

describe('an index of jobs', () => {
  const jobs = [jobOf('c', 1), jobOf('a', 2), jobOf('d', 2), jobOf('b', 3)] as const
  const orders: readonly (readonly number[])[] = [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [2, 0, 3, 1],
    [1, 3, 0, 2],
  ]

  it.each(orders)('reads newest first, whatever the order they came in (%i %i %i %i)', (...order) => {
    const index = new JobIndex()
    for (const at of order) index.add(jobs[at] as Job)
    expect(idsAfter(index)).toBe('bdac')
    expect(index.size).toBe(4)
  })

  it('goes on after any place, whether its job is there, gone or never was (R-OBS-1)', () => {
    const index = new JobIndex()
    for (const job of jobs) index.add(job)
    const places: readonly (readonly [number, string, string])[] = [
      [4, 'a', 'bdac'],
      [3, 'b', 'dac'],
      [3, 'a', 'dac'],
      [2, 'e', 'dac'],
      [2, 'd', 'ac'],
      [2, 'b', 'ac'],
      [2, '', 'c'],
      [1, 'c', ''],
      [0, 'z', ''],
    ]
    for (const [createdAt, jobId, rest] of places) expect(idsAfter(index, { createdAt, jobId })).toBe(rest)
    index.remove(jobs[2])
    expect(idsAfter(index, { createdAt: 2, jobId: 'd' })).toBe('ac')
    expect(idsAfter(index)).toBe('bac')
  })

  it('keeps its order while most of what it holds comes and goes', () => {
    const index = new JobIndex()
    const many = Array.from({ length: 1_000 }, (_, i) => jobOf(String(i).padStart(4, '0'), i))
    for (const job of many) index.add(job)
    const left = many.filter((_, i) => i % 7 === 0)
    for (const job of many) if (!left.includes(job)) index.remove(job)
    const ids = left.map(({ facts }) => facts.id).reverse()
    expect([index.size, idsAfter(index)]).toEqual([left.length, ids.join('')])
    const again = jobOf('again', 500)
    index.add(again)
    expect(idsAfter(index, { createdAt: 501, jobId: '' })).toMatch(/^again0497/)
    for (const job of [again, ...left]) index.remove(job)
    expect([index.size, idsAfter(index)]).toEqual([0, ''])
  })

  it('removes what it holds and nothing else', () => {
    const index = new JobIndex()
    index.remove(jobs[0])
    for (const job of jobs) index.add(job)
    index.remove(jobOf('a', 2))
    index.remove(jobOf('c', 9))
    expect(index.size).toBe(4)
    for (const job of jobs) index.remove(job)
    expect([index.size, idsAfter(index)]).toEqual([0, ''])
  })
})
