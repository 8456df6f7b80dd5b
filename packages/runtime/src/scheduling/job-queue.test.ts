import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { JobQueue, type JobQueueLimits, type Place } from './job-queue'

const NO_LIMITS: JobQueueLimits = {
  runningJobs: Number.POSITIVE_INFINITY,
  runningJobsPerPrincipal: Number.POSITIVE_INFINITY,
  queuedJobs: 100_000,
  queuedJobsPerPrincipal: 100_000,
  queuedSize: 1_000_000,
  queuedSizePerPrincipal: 1_000_000,
}

function queueOf(limits: Partial<JobQueueLimits>) {
  const clock = new TestClock()
  const queue = new JobQueue(clock, { ...NO_LIMITS, ...limits })
  const started: string[] = []
  const agent = {}
  /** Lets a job in that notes its name when it starts. */
  const enter = (name: string, { principal = 'ada', of = agent, size = 1 } = {}): Place => {
    const place = queue.enter({ principal, agent: of, size: () => size })
    place.onTurn(() => void started.push(name))
    return place
  }
  /** One turn after the other until nothing more starts. */
  const settle = () => {
    while (clock.runDeferred() > 0);
  }
  return { clock, queue, started, enter, settle }
}

const full = (reason: string, limit: number) =>
  expect.objectContaining({
    code: 'INTERNAL_ERROR',
    retryable: true,
    details: { reason, limit, retry_after_ms: 1_000 },
  })

describe('a queue of jobs', () => {
  it('starts at once what has room, and the others in their order as it is given back', () => {
    const { started, enter, settle } = queueOf({ runningJobs: 2 })
    const places = ['a', 'b', 'c', 'd'].map((name) => enter(name))
    expect(places.map(({ position }) => position)).toEqual([0, 0, 1, 2])
    expect(started).toEqual(['a', 'b'])
    places[0]?.leave()
    places[0]?.leave()
    settle()
    expect(started).toEqual(['a', 'b', 'c'])
    places[1]?.leave()
    settle()
    expect(started).toEqual(['a', 'b', 'c', 'd'])
  })

  it('takes the oldest of a principal first, whichever agent is to run it', () => {
    const { started, enter, settle } = queueOf({ runningJobs: 1 })
    const [one, other] = [{}, {}]
    const names = ['a1', 'b1', 'a2', 'b2', 'a3']
    const places = names.map((name) => enter(name, { of: name.startsWith('a') ? one : other }))
    for (const place of places) {
      place.leave()
      settle()
    }
    expect(started).toEqual(names)
  })

  it('never starts one that has left', () => {
    const { started, enter, settle } = queueOf({ runningJobs: 1 })
    const [a, b] = [enter('a'), enter('b')]
    const c = enter('c')
    b.leave()
    a.leave()
    settle()
    c.leave()
    settle()
    expect(started).toEqual(['a', 'c'])
  })

  it('keeps the place of one that is not ready when its turn comes', () => {
    const { queue, started, settle } = queueOf({ runningJobs: 1 })
    const enter = () => queue.enter({ principal: 'ada', agent: {}, size: () => 1 })
    const [first, second] = [enter(), enter()]
    first.leave()
    settle()
    expect(enter().position).toBe(1)
    second.onTurn(() => void started.push('late'))
    expect(started).toEqual(['late'])
  })

  it('lets no newcomer pass those whose turn is about to come', () => {
    const { started, enter, settle } = queueOf({ runningJobs: 1 })
    const a = enter('a')
    enter('b')
    a.leave()
    expect(enter('c').position).toBe(2)
    settle()
    expect(started).toEqual(['a', 'b'])
  })

  it('lets other work come in between when many short jobs wait', () => {
    const { clock, started, enter } = queueOf({ runningJobs: 1_000 })
    const places = Array.from({ length: 1_000 }, () => enter('first'))
    for (let i = 0; i < 1_000; i++) enter('second')
    for (const place of places) place.leave()
    const perTurn: number[] = []
    for (let before = started.length; clock.runDeferred() > 0; before = started.length)
      perTurn.push(started.length - before)
    expect(Math.max(...perTurn)).toBe(64)
    expect(started).toHaveLength(2_000)
  })
})

describe('principals', () => {
  it('take turns, so that one with thousands waiting keeps another waiting for one of them', () => {
    const { started, enter, settle } = queueOf({ runningJobs: 1 })
    const running = [enter('ada')]
    for (let i = 0; i < 10_000; i++) running.push(enter('ada'))
    enter('bob', { principal: 'bob' })
    enter('cleo', { principal: 'cleo' })
    for (const place of running.slice(0, 4)) {
      place.leave()
      settle()
    }
    expect(started).toEqual(['ada', 'ada', 'bob'])
  })

  it('run no more than their share, however much room there is, and leave it to others (R-SEC-6)', () => {
    const { started, enter, settle } = queueOf({ runningJobs: 5, runningJobsPerPrincipal: 2 })
    const first = enter('ada 1')
    for (const name of ['ada 2', 'ada 3', 'ada 4']) enter(name)
    expect(enter('bob', { principal: 'bob' }).position).toBe(0)
    expect(started).toEqual(['ada 1', 'ada 2', 'bob'])
    first.leave()
    settle()
    expect(started).toEqual(['ada 1', 'ada 2', 'bob', 'ada 3'])
  })
})

describe('an agent with a bound of its own', () => {
  it('makes its own jobs wait, and none of the same principal that another agent does', () => {
    const { started, enter, settle } = queueOf({})
    const scarce = { maxRunning: 1 }
    const first = enter('scarce 1', { of: scarce })
    enter('scarce 2', { of: scarce })
    enter('other')
    expect(started).toEqual(['scarce 1', 'other'])
    first.leave()
    settle()
    expect(started).toEqual(['scarce 1', 'other', 'scarce 2'])
  })

  it('lets principals take turns as well', () => {
    const { started, enter, settle } = queueOf({})
    const scarce = { maxRunning: 1 }
    const places = ['a1', 'a2', 'a3'].map((name) => enter(name, { of: scarce }))
    places.push(enter('b1', { of: scarce, principal: 'bob' }))
    places.push(enter('c1', { of: scarce, principal: 'cleo' }))
    for (const index of [0, 1, 3, 4]) {
      places[index]?.leave()
      settle()
    }
    expect(started.slice(0, 2)).toEqual(['a1', 'a2'])
    expect(started.slice(2, 4).sort()).toEqual(['b1', 'c1'])
    expect(started[4]).toBe('a3')
  })
})

describe('room that one principal cannot use after all', () => {
  it('goes to the next one', () => {
    const { started, enter, settle } = queueOf({ runningJobsPerPrincipal: 1 })
    const scarce = { maxRunning: 1 }
    const holder = enter('holder', { principal: 'cleo', of: scarce })
    const first = enter('ada 1', { of: scarce })
    enter('bob', { principal: 'bob', of: scarce })
    enter('passing', { principal: 'dora' }).leave()
    settle()
    const running = enter('ada 2')
    enter('ada 3')
    enter('ada 4', { of: scarce })
    first.leave()
    running.leave()
    holder.leave()
    settle()
    expect(started).toEqual(['holder', 'passing', 'ada 2', 'ada 3', 'bob'])
  })
})

describe('the bounds of what waits', () => {
  it('R-SEC-6: are a number, altogether and for each principal; what runs does not count', () => {
    const { enter, settle } = queueOf({ runningJobs: 1, queuedJobs: 3, queuedJobsPerPrincipal: 2 })
    const first = enter('running')
    const second = enter('ada')
    enter('ada')
    expect(() => enter('ada')).toThrow(full('queued_jobs_per_principal', 2))
    enter('bob', { principal: 'bob' })
    expect(() => enter('bob', { principal: 'bob' })).toThrow(full('queued_jobs', 3))
    second.leave()
    enter('bob', { principal: 'bob' })
    first.leave()
    settle()
    enter('ada')
  })

  it('R-SEC-6: are a size as well', () => {
    const { enter, settle } = queueOf({ runningJobs: 1, queuedSize: 15, queuedSizePerPrincipal: 10 })
    const first = enter('running', { size: 100 })
    enter('ada', { size: 10 })
    expect(() => enter('ada')).toThrow(full('queued_size_per_principal', 10))
    expect(() => enter('bob', { principal: 'bob', size: 6 })).toThrow(full('queued_size', 15))
    enter('bob', { principal: 'bob', size: 5 })
    first.leave()
    settle()
    enter('ada', { size: 10 })
  })
})

describe('whatever comes and goes', () => {
  it('no bound is passed, nothing waits that has room, and at rest nothing is left', () => {
    for (let seed = 1; seed <= 200; seed++) {
      let state = seed * 2_654_435_761
      const chance = (below: number) => {
        state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
        return (state >>> 8) % below
      }
      const limits = { runningJobs: 1 + chance(6), runningJobsPerPrincipal: 1 + chance(4) }
      const { queue, settle } = queueOf(limits)
      const agents = [{}, { maxRunning: 1 }, { maxRunning: 2 }]
      const jobs = new Set<{
        principal: string
        agent: { maxRunning?: number }
        runs: boolean
        place: Place
      }>()
      const running = (of: (job: { principal: string; agent: object }) => boolean = () => true) =>
        [...jobs].filter((job) => job.runs && of(job)).length
      for (let step = 0; step < 120; step++) {
        const [job] = [...jobs].slice(chance(jobs.size + 1))
        if (chance(2) === 0 || !job) {
          const asked = { principal: `p${chance(4)}`, agent: agents[chance(3)] ?? {} }
          const entered = { ...asked, runs: false, place: queue.enter({ ...asked, size: () => 1 }) }
          entered.place.onTurn(() => {
            expect(entered.runs).toBe(false)
            entered.runs = true
          })
          jobs.add(entered)
        } else {
          jobs.delete(job)
          job.place.leave()
        }
        if (chance(3) > 0) settle()
        else continue
        const wrong = [...jobs].filter(({ principal, agent, runs }) => {
          const room = [
            limits.runningJobs - running(),
            limits.runningJobsPerPrincipal - running((other) => other.principal === principal),
            (agent.maxRunning ?? Number.POSITIVE_INFINITY) - running((other) => other.agent === agent),
          ]
          return Math.min(...room) < 0 || (!runs && Math.min(...room) > 0)
        })
        expect(wrong.length, `seed ${seed}, step ${step}`).toBe(0)
      }
      for (const { place } of jobs) place.leave()
      settle()
      expect(queue.isIdle).toBe(true)
    }
  })
})
