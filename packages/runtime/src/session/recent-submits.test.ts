import { describe, expect, it } from 'vitest'
import { Job } from '../jobs/job'
import { JobLog } from '../jobs/log'
import { agentOf } from '../testing/agents'
import { harness, outcome, refusal } from '../testing/harness'
import { heapUsed } from '../testing/heap'
import { RecentSubmits } from './recent-submits'

function jobOf(id: string): Job {
  const log = new JobLog(id, { logEvents: 4, logSize: 10_000 })
  const scope = { principal: 'ada', chain: [] }
  return new Job({ id, agent: 'a@1', scope, lease: {}, traceId: 't', createdAt: 0, log }, 'sess_1')
}

describe('what a session remembers of its submits', () => {
  it('is the answer, of the latest thousand', async () => {
    const submits = new RecentSubmits()
    const jobs = new Map<string, Job>()
    for (let i = 1; i <= 1_001; i++) {
      const job = jobOf(`job_${i}`)
      jobs.set(job.facts.id, job)
      submits.add(`r${i}`, Promise.resolve({ job, resumed: i % 2 === 0, afterSeq: i }))
    }
    const get = (id: string) => submits.get(id, (jobId) => jobs.get(jobId))
    expect(await get('r2'), 'before it is settled').toMatchObject({ resumed: true, afterSeq: 2 })
    await Promise.resolve()
    expect(get('r1')).toBeUndefined()
    expect(await get('r2')).toEqual({ job: jobs.get('job_2'), resumed: true, afterSeq: 2 })
    expect(await get('r1001')).toEqual({ job: jobs.get('job_1001'), resumed: false, afterSeq: 1_001 })
  })

  it('is more than that where more wait for their answers', async () => {
    const submits = new RecentSubmits()
    const job = jobOf('job_1')
    const submitted = { job, resumed: false, afterSeq: 0 }
    for (let i = 1; i <= 1_500; i++) submits.add(`r${i}`, Promise.resolve(submitted), i)
    await Promise.resolve()
    expect(await submits.get('r1', () => job)).toEqual(submitted)
    submits.add('r1501', Promise.resolve(submitted), 1)
    expect(submits.get('r501', () => job)).toBeUndefined()
    expect(await submits.get('r502', () => job)).toEqual(submitted)
  })

  it('is nothing of one that was refused', async () => {
    const submits = new RecentSubmits()
    submits.add('r1', Promise.reject(new Error('refused')))
    await Promise.resolve()
    expect(submits.get('r1', () => undefined)).toBeUndefined()
  })

  it('does not keep the job (R-MEM-1)', async () => {
    const submits = new RecentSubmits()
    const jobs = Array.from({ length: 100 }, (_, i) => {
      const job = jobOf(`job_${i}`)
      submits.add(`r${i}`, Promise.resolve({ job, resumed: false, afterSeq: 0 }))
      return new WeakRef(job)
    })
    await new Promise((resolve) => setImmediate(resolve))
    heapUsed()
    expect(jobs.filter((job) => job.deref() !== undefined)).toEqual([])
    await expect(submits.get('r5', () => undefined)).rejects.toMatchObject({
      code: 'JOB_NOT_FOUND',
      details: { job_id: 'job_5' },
    })
  })
})

it('a submit that comes again when its job is forgotten is JOB_NOT_FOUND, and runs nothing', async () => {
  let runs = 0
  const counted = agentOf('counted', () => ++runs)
  await using h = harness({ agents: [counted], limits: { endedJobs: 1 } })
  const peer = await h.connect()
  for (let i = 0; i < 3; i++) await outcome(peer, { agent: 'counted' })
  const first = peer.frames.find(({ type }) => type === 'job.accepted')
  const id = String(first?.payload.request_id)
  peer.request('job.submit', { agent: 'counted' }, { id })
  expect(await refusal(peer, id)).toMatchObject({ code: 'JOB_NOT_FOUND', details: { job_id: first?.job_id } })
  expect(runs).toBe(3)
})
