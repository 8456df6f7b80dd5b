import { systemRandom } from '@arcp/protocol'
import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { Job } from '../jobs/job'
import { JobLog } from '../jobs/log'
import { RunQueue } from '../scheduling/run-queue'
import { Tally } from '../tally'
import { Session } from './session'
import { SessionTokens } from './tokens'

function sessionOf(told: string[] = []) {
  const clock = new TestClock()
  return new Session({
    id: 'sess_1',
    scope: { principal: 'ada', chain: [] },
    features: [],
    tokens: new SessionTokens(systemRandom),
    runQueue: new RunQueue(clock),
    clock,
    ackWindow: { events: 10, bytes: 1_000 },
    sendBufferBytes: 1_000,
    slowConsumerMs: 1_000,
    heartbeatMs: 1_000,
    subscriptions: new Tally({ reason: 'subscriptions', all: 10, perPrincipal: 10 }),
    jobToken: () => 'arj_1',
    onTold: (job) => void told.push(job.facts.id),
    onStalled: () => {},
  })
}

function jobOf(id: string, owner: string): Job {
  const log = new JobLog(id, { logEvents: 4, logSize: 10_000 })
  const scope = { principal: 'ada', chain: [] }
  return new Job({ id, agent: 'a@1', scope, lease: {}, traceId: 't', createdAt: 0, log }, owner)
}

describe('what a session follows', () => {
  it('it follows once, however often it is told to (R-OBS-6)', () => {
    const session = sessionOf()
    const job = jobOf('job_1', 'sess_1')
    for (let i = 0; i < 3; i++) session.follow(job, 0)
    expect(job.log.followers.size).toBe(1)
  })

  it('it lets go of when it ends, and takes up nothing afterwards (R-LIF-16)', () => {
    const session = sessionOf()
    const jobs = [jobOf('job_1', 'sess_1'), jobOf('job_2', 'sess_2')]
    for (const job of jobs) session.follow(job, 0)
    session.end()
    for (const job of [...jobs, jobOf('job_3', 'sess_1')]) {
      session.follow(job, 0)
      expect(job.log.followers.size).toBe(0)
    }
  })

  it('and owns it no longer waits for once it has left it, unless it holds its place', () => {
    const told: string[] = []
    const session = sessionOf(told)
    const [held, left, foreign] = [
      jobOf('held', 'sess_1'),
      jobOf('left', 'sess_1'),
      jobOf('foreign', 'sess_2'),
    ]
    for (const job of [held, left, foreign]) {
      session.follow(job, 0)
      session.leave(job.facts.id, { hold: job === held })
      for (let seq = 1; seq <= 8; seq++) job.log.append({ seq, type: 'job.log', payload: '{}' })
      job.log.confirm(8)
    }
    expect(told).toEqual(['left'])
    expect([held, left, foreign].map(({ log }) => log.firstSeq)).toEqual([1, 5, 1])
  })
})
