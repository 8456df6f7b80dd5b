import { describe, expect, it } from 'vitest'
import { Job } from './job'
import { JobIndex } from './job-index'
import { listFilter } from './list-filter'
import { listPage } from './list-page'
import { JobLog } from './log'

function indexOf(count: number): JobIndex {
  const index = new JobIndex()
  for (let createdAt = 1; createdAt <= count; createdAt++) {
    const id = `job_${String(createdAt).padStart(5, '0')}`
    const log = new JobLog(id, { logEvents: 10, logSize: 10_000 })
    const scope = { principal: 'ada', chain: [] }
    const job = new Job({ id, agent: 'a@1', scope, lease: {}, traceId: 't', createdAt, log }, 'sess_1')
    if (createdAt === 1) job.state = 'failed'
    index.add(job)
  }
  return index
}

const all = { filter: listFilter(), place: undefined, limit: 200, bytes: 1_000_000, isVisible: () => true }

describe('a page', () => {
  it('ends when it is full in bytes, counted exactly, and the next one goes on there', () => {
    const index = indexOf(3)
    const whole = listPage({ ...all, index })
    const each = JSON.stringify(whole.listings[0]).length + 1
    expect([whole.jobs.length, whole.next]).toEqual([3, undefined])
    expect(listPage({ ...all, index, bytes: 3 * each }).jobs).toHaveLength(3)
    const first = listPage({ ...all, index, bytes: 3 * each - 1 })
    expect([first.jobs.length, first.next]).toEqual([2, { createdAt: 2, jobId: 'job_00002' }])
    const second = listPage({ ...all, index, place: first.next })
    expect(second.listings.map(({ job_id }) => job_id)).toEqual(['job_00001'])
  })

  it('holds at least one job, so that a listing always gets on', () => {
    const page = listPage({ ...all, index: indexOf(2), bytes: 1 })
    expect([page.jobs.length, page.next?.createdAt]).toEqual([1, 2])
  })

  it('says that nothing follows where it ends with the last job', () => {
    expect(listPage({ ...all, index: indexOf(2), limit: 2 }).next).toBeUndefined()
    expect(listPage({ ...all, index: indexOf(2), limit: 1 }).next).toEqual({
      createdAt: 2,
      jobId: 'job_00002',
    })
  })

  it('says that nothing follows where only others are left', () => {
    const isVisible = ({ facts }: Job) => facts.createdAt > 1
    expect(listPage({ ...all, index: indexOf(3), limit: 2, isVisible }).next).toBeUndefined()
  })

  it('looks at a thousand jobs and no more', () => {
    const index = indexOf(1_001)
    const filter = listFilter({ status: ['failed'] })
    const first = listPage({ ...all, index, filter })
    expect([first.jobs.length, first.next]).toEqual([0, { createdAt: 2, jobId: 'job_00002' }])
    const second = listPage({ ...all, index, filter, place: first.next })
    expect([second.jobs.length, second.next]).toEqual([1, undefined])
    expect(listPage({ ...all, index: indexOf(1_000), filter }).jobs).toHaveLength(1)
  })

  it('looks at none outside the time that is asked for', () => {
    let looks = 0
    const isVisible = () => {
      looks++
      return true
    }
    const filter = { ...all.filter, after: 400, before: 411 }
    expect(listPage({ ...all, index: indexOf(1_000), filter, isVisible }).jobs).toHaveLength(10)
    expect(looks).toBe(10)
  })
})
