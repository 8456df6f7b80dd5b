import { MAX_TIMER_MS } from '@arcp/protocol'
import { TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { echo, heldAgent } from '../testing/agents'
import { drive, harness, outcome, refusal, submitted, terminalOf } from '../testing/harness'
import { heldTransport } from '../testing/held-transport'
import { Job } from './job'
import { JobTable } from './job-table'
import { JobLog } from './log'

const NO_LIMITS = {
  activeJobs: 1_000,
  activeJobsPerPrincipal: 1_000,
  endedJobs: 1_000,
  endedJobMs: 1_000_000,
  endedLogSize: 1_000_000,
  idempotencyKeyMs: 1_000_000,
}

function tableOf(limits: Partial<typeof NO_LIMITS>) {
  const clock = new TestClock()
  const forgotten: string[] = []
  const shortened: string[] = []
  const table = new JobTable({
    clock,
    limits: { ...NO_LIMITS, ...limits },
    onShortened: ({ facts }) => void shortened.push(facts.id),
    onForgotten: ({ facts }) => void forgotten.push(facts.id),
  })
  const add = (id: string, { size = 10, isKeyed = false } = {}) => {
    const log = new JobLog(id, { logEvents: 100, logSize: 100_000 })
    log.append({ seq: 1, type: 'job.completed', payload: 'x'.repeat(size) })
    log.confirm(1)
    const facts = {
      id,
      agent: 'a@1',
      scope: { principal: 'ada', chain: [] },
      lease: {},
      traceId: 't',
      createdAt: 0,
      log,
    }
    const job = new Job(facts, 'sess_1')
    table.add(job, { isKeyed })
    return job
  }
  /** One that has ended and whose owner knows it. */
  const addTold = (id: string, size?: number) => {
    const job = add(id, size === undefined ? {} : { size })
    table.ended(job)
    table.told(job)
    return job
  }
  return { clock, table, forgotten, shortened, add, addTold }
}

describe('ended jobs', () => {
  it('are kept up to a count, the oldest go first', () => {
    const { table, forgotten, addTold } = tableOf({ endedJobs: 2 })
    for (const id of ['a', 'b', 'c', 'd']) addTold(id)
    expect(forgotten).toEqual(['a', 'b'])
    expect([table.get('b'), table.get('c')?.facts.id]).toEqual([undefined, 'c'])
  })

  it('are kept up to what their logs hold together', () => {
    const { table, forgotten, addTold } = tableOf({ endedLogSize: 100 })
    addTold('a', 60)
    addTold('b', 40)
    expect(forgotten).toEqual([])
    const c = addTold('c', 41)
    expect(forgotten).toEqual(['a'])
    addTold('d', 101)
    expect(forgotten).toEqual(['a', 'b', 'c', 'd'])
    expect(c.log.size).toBe(0)
    expect(table.active.all).toBe(0)
  })

  it('are kept for a time, and not much longer', () => {
    const { clock, forgotten, addTold } = tableOf({ endedJobMs: 1_000 })
    addTold('a')
    clock.advance(600)
    addTold('b')
    clock.advance(399)
    expect(forgotten).toEqual([])
    clock.advance(1)
    expect(forgotten).toEqual(['a'])
    clock.advance(600)
    expect(forgotten).toEqual(['a', 'b'])
    expect(clock.timers).toBe(0)
  })

  it('grow no older by the wall clock', () => {
    const { clock, forgotten, addTold } = tableOf({ endedJobMs: 1_000 })
    addTold('a')
    clock.jumpWall(100_000)
    addTold('b')
    expect(forgotten).toEqual([])
  })

  it('may be kept longer than any timer', () => {
    const { clock, forgotten, addTold } = tableOf({ endedJobMs: MAX_TIMER_MS * 2 })
    addTold('a')
    clock.advance(MAX_TIMER_MS * 2 - 1)
    expect(forgotten).toEqual([])
    clock.advance(1)
    expect(forgotten).toEqual(['a'])
  })

  it('leave no timer once the table is closed', () => {
    const { clock, table, addTold } = tableOf({})
    addTold('a')
    expect(clock.timers).toBe(1)
    table.close()
    expect(clock.timers).toBe(0)
  })
})

describe('ended jobs whose owner has not been sent the end', () => {
  it('do not go for their number, count as active, and go like others when the owner knows', () => {
    const { table, forgotten, add } = tableOf({ endedJobs: 1 })
    const jobs = ['a', 'b', 'c'].map((id) => add(id))
    for (const job of jobs) table.ended(job)
    expect([forgotten, table.active.all, [...table.unended()]]).toEqual([[], 3, []])
    for (const job of jobs) table.told(job)
    expect([forgotten, table.active.all]).toEqual([['a', 'b'], 0])
  })

  it('go for their size and age all the same, after those nobody waits for', () => {
    const { clock, table, forgotten, add, addTold } = tableOf({ endedLogSize: 100, endedJobMs: 1_000 })
    const waiting = add('waiting', { size: 60 })
    table.ended(waiting)
    addTold('told', 30)
    const large = add('large', { size: 30 })
    table.ended(large)
    expect(forgotten).toEqual(['told'])
    table.ended(add('larger', { size: 30 }))
    expect(forgotten).toEqual(['told', 'waiting'])
    clock.advance(1_000)
    expect(forgotten).toEqual(['told', 'waiting', 'large', 'larger'])
  })

  it('wait for nobody where the owner has left them before', () => {
    const { table, forgotten, add } = tableOf({ endedJobs: 1 })
    for (const id of ['a', 'b']) {
      const job = add(id)
      table.told(job)
      expect(table.active.all).toBe(1)
      table.ended(job)
    }
    expect([forgotten, table.active.all]).toEqual([['a'], 0])
  })

  it('wait for nobody where nobody owns them any more', () => {
    const { table, forgotten, add, addTold } = tableOf({ endedJobs: 1 })
    const orphan = add('orphan')
    table.giveTo(orphan, undefined)
    table.ended(orphan)
    const left = add('left')
    table.ended(left)
    table.abandon(left)
    expect(forgotten).toEqual(['orphan'])
    addTold('c')
    expect(forgotten).toEqual(['orphan', 'left'])
    expect(left.owner).toBeUndefined()
  })
})

describe('ended jobs that have to answer for a key', () => {
  const keyed = { isKeyed: true }

  it('lose all but their end where others are forgotten, and go when the key’s time is over', () => {
    const { clock, table, forgotten, shortened, add } = tableOf({ endedJobs: 1, idempotencyKeyMs: 5_000 })
    const first = add('first', keyed)
    const { log } = first
    for (let seq = 2; seq <= 5; seq++) log.append({ seq, type: 'job.completed', payload: `${seq}` })
    log.confirm(5)
    for (const job of [first, add('second'), add('third')]) {
      table.ended(job)
      table.told(job)
    }
    expect([shortened, forgotten, log.firstSeq, log.lastSeq]).toEqual([['first'], ['second'], 5, 5])
    expect([table.get('first'), table.active.all, [...table.unended()]]).toEqual([first, 0, []])
    clock.advance(4_999)
    expect(forgotten).toEqual(['second'])
    clock.advance(1)
    expect(forgotten).toEqual(['second', 'first'])
    expect(table.get('first')).toBeUndefined()
  })

  it('go as others do once the key’s time is over', () => {
    const { clock, table, forgotten, shortened, add } = tableOf({ endedJobMs: 1_000, idempotencyKeyMs: 500 })
    const job = add('a', keyed)
    clock.advance(10_000)
    table.ended(job)
    table.told(job)
    clock.advance(1_000)
    expect([forgotten, shortened]).toEqual([['a'], []])
    expect(clock.timers).toBe(0)
  })

  it('go in time, though something else is due later', () => {
    const { clock, table, forgotten, add, addTold } = tableOf({
      endedJobs: 1,
      endedJobMs: 100_000,
      idempotencyKeyMs: 2_000,
    })
    const job = add('keyed', keyed)
    table.ended(job)
    table.told(job)
    addTold('later')
    expect(forgotten).toEqual([])
    clock.advance(2_000)
    expect(forgotten).toEqual(['keyed'])
    expect(clock.timers).toBe(1)
  })

  it('do not wait for an owner that has not been sent the end', () => {
    const { clock, table, shortened, add } = tableOf({ endedJobMs: 1_000 })
    const job = add('a', keyed)
    table.ended(job)
    expect([table.active.all, job.awaited]).toEqual([1, true])
    clock.advance(1_000)
    expect([table.active.all, job.awaited, shortened]).toEqual([0, false, ['a']])
  })
})

describe('the owner of a job', () => {
  it('is found from both sides, through every change', () => {
    const { table, add } = tableOf({})
    const job = add('a')
    expect(table.ownedBy('sess_1')).toEqual([job])
    table.giveTo(job, 'sess_2')
    expect([table.ownedBy('sess_1'), table.ownedBy('sess_2'), job.owner]).toEqual([[], [job], 'sess_2'])
    table.abandon(job)
    expect([table.ownedBy('sess_2'), job.owner]).toEqual([[], undefined])
  })
})

describe('in a runtime', () => {
  it('a job that was forgotten is unknown (R-MEM-1)', async () => {
    await using h = harness({ agents: [echo], limits: { endedJobs: 1 } })
    const peer = await h.connect()
    const first = await outcome(peer, { agent: 'echo' })
    await outcome(peer, { agent: 'echo' })
    expect(await refusal(peer, peer.request('job.cancel', { job_id: first.job_id }))).toMatchObject({
      code: 'JOB_NOT_FOUND',
    })
  })

  it('jobs whose owner has left them do not count against the next ones', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [echo, held.implementation], limits: { activeJobs: 1 } })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { agent: 'held' })
    peer.request('job.unsubscribe', { job_id })
    await peer.next('job.unsubscribed')
    held.gate.open('unread')
    await new Promise((resolve) => setImmediate(resolve))
    expect((await outcome(peer, { agent: 'echo', input: 1 })).payload.result).toBe(1)
    peer.request('job.subscribe', { job_id, after_seq: 0 })
    expect((await terminalOf(peer, job_id)).payload.result).toBe('unread')
  })

  it('a job that goes before its owner could read it is told to be lost, never in silence (R-OBS-5)', async () => {
    const clock = new TestClock()
    await using h = harness({ clock, agents: [echo], limits: { endedJobMs: 1_000, sendBufferBytes: 1 } })
    let transport!: ReturnType<typeof heldTransport>
    const peer = await h.connect({}, (far) => {
      transport = heldTransport(far)
      return transport
    })
    transport.hold()
    peer.request('job.submit', { agent: 'echo', input: 'never read' })
    await clock.settle()
    clock.advance(1_000)
    await clock.settle()
    transport.letGo()
    const { job_id } = await drive(clock, peer.next('job.accepted'))
    const lost = await drive(clock, peer.next('job.unsubscribed'))
    expect(lost).toMatchObject({ job_id, payload: { job_id, reason: 'events_lost', first_seq: 4 } })
    const { job_id: next } = await drive(clock, submitted(peer, { agent: 'echo', input: 'read' }))
    expect((await drive(clock, terminalOf(peer, next))).payload.result).toBe('read')
  })
})
