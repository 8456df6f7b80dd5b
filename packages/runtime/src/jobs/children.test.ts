import type { Observation } from '@arcp/protocol/observe'
import { gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, heldAgent } from '../testing/agents'
import { drive, eventOf, harness, submitted, terminalOf } from '../testing/harness'
import { keyDesk } from '../testing/key-desk'
import { childIds, followed, mayDelegate, told } from '../testing/parent'
import { storeThat } from '../testing/store-that'
import { expectNoUnhandled } from '../testing/unhandled'
import type { ChildJob } from './child-job'
import type { AgentContext } from './context'

expectNoUnhandled()

const submit = { agent: 'top', lease_request: mayDelegate }

/**
 * A job with a child and a grandchild, whose agents each wait for a gate of theirs and heed nothing else, and who saw
 * their ends in what order.
 */
async function family(options: { cancelGraceMs?: number; closeMs?: number } = {}) {
  const clock = new TestClock()
  const names = ['top', 'middle', 'bottom'] as const
  const gates = { top: gate<unknown>(), middle: gate<unknown>(), bottom: gate<unknown>() }
  const contexts = new Map<string, AgentContext>()
  const agents = names.map((name, i) =>
    agentOf(name, async (_, ctx) => {
      contexts.set(name, ctx)
      const below = names[i + 1]
      if (below) await ctx.delegate(below, null, { lease: mayDelegate })
      return gates[name].promise
    }),
  )
  const ended: string[] = []
  const observe = (seen: Observation) => {
    if (seen.type === 'job.ended') ended.push(`${seen.job.agent} ${seen.cause}`)
  }
  const h = harness({ clock, agents, observe: { observe }, limits: options })
  const peer = await drive(clock, h.connect())
  const accepted = await drive(clock, submitted(peer, submit))
  await clock.settle()
  return {
    clock,
    h,
    peer,
    accepted,
    ended,
    gates,
    signal: (name: (typeof names)[number]) => (contexts.get(name) as AgentContext).signal,
    isOver: () => peer.frames.some(({ type }) => /^job\.(completed|failed|cancelled)$/.test(type)),
    async terminal() {
      await clock.settle()
      return drive(clock, terminalOf(peer, accepted.job_id))
    },
    async [Symbol.asyncDispose]() {
      for (const one of Object.values(gates)) one.open(null)
      await h[Symbol.asyncDispose]()
    },
  }
}

describe('the end of a parent', () => {
  it('ends its children, and theirs, before its own is told', async () => {
    await using all = await family()
    all.peer.request('job.cancel', { job_id: all.accepted.job_id, reason: 'stop' })
    await all.clock.settle()
    expect(all.signal('top').reason).toMatchObject({ code: 'CANCELLED', message: 'stop' })
    for (const name of ['middle', 'bottom'] as const) {
      expect(all.signal(name).reason).toMatchObject({ code: 'CANCELLED', message: 'the parent has ended' })
    }
    all.gates.top.open(null)
    all.gates.middle.open(null)
    await all.clock.settle()
    expect([all.ended, all.isOver()]).toEqual([[], false])
    all.gates.bottom.open(null)
    expect(await all.terminal()).toMatchObject({ type: 'job.cancelled', payload: { reason: 'stop' } })
    expect(all.ended).toEqual(['bottom@1.0.0 parent', 'middle@1.0.0 parent', 'top@1.0.0 cancel'])
  })

  it.each([
    ['returns', 'completed', 'returned', (all: Family) => all.gates.top.open('done')],
    ['throws', 'failed', 'threw', (all: Family) => all.gates.top.fail(new Error('a secret'))],
  ] as const)(
    'that %s ends the children it has left, whom it waits for as after a cancel',
    async (_, state, cause, act) => {
      await using all = await family({ cancelGraceMs: 20_000 })
      act(all)
      await all.clock.elapse(19_999)
      expect(all.isOver()).toBe(false)
      await all.clock.elapse(1)
      expect(await all.terminal()).toMatchObject({ type: `job.${state}` })
      expect(all.ended).toEqual(['bottom@1.0.0 parent', 'middle@1.0.0 parent', `top@1.0.0 ${cause}`])
    },
  )

  it('gives children no more time than it has itself: a second when its own is over', async () => {
    await using all = await family()
    const limited = await drive(all.clock, submitted(all.peer, { ...submit, max_runtime_sec: 10 }))
    await all.clock.elapse(10_999)
    expect(all.ended).toEqual([])
    await all.clock.elapse(1)
    expect(await drive(all.clock, terminalOf(all.peer, limited.job_id))).toMatchObject({
      type: 'job.failed',
      payload: { error: { code: 'TIMEOUT' } },
    })
    expect(all.ended).toEqual(['bottom@1.0.0 parent', 'middle@1.0.0 parent', 'top@1.0.0 timeout'])
  })

  it.each([
    ['is being cancelled', async (child: ChildJob) => child.cancel()],
    ['has returned, and waits for its own children', async () => {}],
    ['has returned, and waits for its credentials to be revoked', async () => {}],
  ])('gives no more time to a child that %s', async (what, act) => {
    const clock = new TestClock()
    const bottom = heldAgent('bottom')
    const isCancelled = what === 'is being cancelled'
    const middle = agentOf('middle', async (_, ctx) => {
      if (what.endsWith('children')) await ctx.delegate('bottom', null)
      return isCancelled ? bottom.gate.promise : null
    })
    const top = agentOf('top', async (_, ctx) => {
      await act(await ctx.delegate('middle', null, { lease: mayDelegate }))
      return bottom.gate.promise
    })
    const credentials = what.endsWith('revoked')
      ? [keyDesk('keys', { beforeRevoke: async () => void (await bottom.gate.promise) })]
      : []
    await using h = harness({ clock, agents: [top, middle, bottom.implementation], credentials })
    const peer = await drive(clock, h.connect())
    const { job_id } = await drive(clock, submitted(peer, { ...submit, max_runtime_sec: 1 }))
    const due = new Date(clock.now() + 2_000).toISOString()
    await clock.elapse(2_000)
    expect(await drive(clock, terminalOf(peer, job_id))).toMatchObject({
      payload: { ts: due, error: { code: 'TIMEOUT' } },
    })
    bottom.gate.open(null)
  })

  it('gives children no more time than their lease, and a second', async () => {
    const clock = new TestClock()
    const child = heldAgent('child')
    const top = agentOf('top', async (_, ctx) => {
      await ctx.delegate('child', null, { expiresInS: 5 })
    })
    await using h = harness({ clock, agents: [top, child.implementation] })
    const peer = await drive(clock, h.connect())
    const { job_id } = await drive(clock, submitted(peer, submit))
    await clock.elapse(5_999)
    expect(peer.frames.some(({ type }) => type === 'job.completed')).toBe(false)
    await clock.elapse(1)
    expect(await drive(clock, terminalOf(peer, job_id))).toMatchObject({ type: 'job.completed' })
    child.gate.open(null)
  })

  it('waits for no child where it waits for no agent', async () => {
    const clock = new TestClock()
    const child = heldAgent('child')
    const top = agentOf('top', async (_, ctx) => {
      await ctx.delegate('child', null)
      for (let current = 0; current < 30; current++) void ctx.progress({ current })
    })
    await using h = harness({ clock, agents: [top, child.implementation], limits: { logEvents: 10 } })
    const peer = await drive(clock, h.connect())
    const { job_id } = await drive(clock, submitted(peer, submit))
    await clock.settle()
    const [childId] = childIds(peer)
    expect(await drive(clock, followed(peer, childId))).toMatchObject({ payload: { status: 'cancelled' } })
    expect(await drive(clock, terminalOf(peer, job_id))).toMatchObject({
      payload: { error: { details: { reason: 'emit_overflow' } } },
    })
    child.gate.open(null)
  })

  it('leaves nothing of a child that was still to be decided on', async () => {
    const writing = gate()
    const begun = gate()
    const store = storeThat((inner) => ({
      createJob(record) {
        if (record.parentJobId === undefined) return inner.createJob(record)
        begun.open()
        return writing.promise.then(() => inner.createJob(record))
      },
    }))
    const outcome = gate<unknown>()
    const starts: string[] = []
    const child = agentOf('child', () => void starts.push('child'))
    const top = agentOf('top', async (_, ctx) => {
      outcome.open(await told(ctx.delegate('child', null)))
    })
    await using h = harness({ store, agents: [top, child] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, submit)
    await begun.promise
    peer.request('job.cancel', { job_id })
    expect(await outcome.promise).toEqual({ code: 'CANCELLED' })
    expect((await terminalOf(peer, job_id)).type).toBe('job.cancelled')
    expect(childIds(peer)).toEqual([])
    // What the store writes down all the same ends without being started.
    writing.open()
    await h.runtime.close()
    expect(starts).toEqual([])
  })

  it('is the end of delegating', async () => {
    const outcome = gate<unknown>()
    const ctx = gate<AgentContext>()
    const top = agentOf('top', (_, context) => void ctx.open(context))
    await using h = harness({ agents: [top, agentOf('child', () => {})] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, submit)
    await terminalOf(peer, job_id)
    outcome.open(await told((await ctx.promise).delegate('child', null)))
    expect(await outcome.promise).toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  it('by the runtime’s shutdown is that of its children too', async () => {
    await using all = await family({ closeMs: 2_000 })
    const closing = all.h.runtime.close()
    await drive(all.clock, closing)
    expect(all.ended).toEqual(['bottom@1.0.0 shutdown', 'middle@1.0.0 shutdown', 'top@1.0.0 shutdown'])
  })

  it('may still be come to with the help of children while a runtime takes nothing new', async () => {
    const drained = gate()
    const top = agentOf('top', async (_, ctx) => {
      await drained.promise
      const child = await ctx.delegate('child', 1)
      return child.result()
    })
    await using h = harness({ agents: [top, agentOf('child', (input) => input)] })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, submit)
    const closing = h.runtime.close({ drainMs: 60_000 })
    drained.open()
    expect(await terminalOf(peer, job_id)).toMatchObject({ type: 'job.completed', payload: { result: 1 } })
    await closing
  })
})

type Family = Awaited<ReturnType<typeof family>>

describe('a child', () => {
  it('belongs to its parent’s owner, which follows it when it asks to', async () => {
    const child = heldAgent('child')
    const top = agentOf('top', async (_, ctx) => (await ctx.delegate('child', null)).result())
    await using h = harness({ agents: [top, child.implementation] })
    const peer = await h.connect()
    const accepted = await submitted(peer, submit)
    const { payload } = await eventOf(peer, accepted.job_id, 'job.delegate')
    const childId = payload.child_job_id as string
    expect(payload).toMatchObject({ agent: 'child@1.0.0', input: null })
    await child.started
    const list = peer.request('session.list_jobs', {})
    const page = await peer.next(({ payload: { request_id } }) => request_id === list)
    const jobs = page.payload.jobs as Record<string, unknown>[]
    const of = (id: string | undefined) => jobs.filter(({ job_id }) => job_id === id)
    expect(of(accepted.job_id)).toMatchObject([{ parent_job_id: null }])
    expect(of(childId)).toMatchObject([
      { agent: 'child@1.0.0', parent_job_id: accepted.job_id, trace_id: accepted.trace_id },
    ])
    expect(peer.frames.some(({ type, job_id }) => type === 'job.queued' && job_id === childId)).toBe(false)
    expect((await followed(peer, childId)).payload).toMatchObject({
      status: 'running',
      lease: {},
      parent_job_id: accepted.job_id,
      trace_id: accepted.trace_id,
    })
    const started = await eventOf(peer, childId, 'job.started')
    expect(started.payload.resume_token, 'told to the owner').toMatch(/^arj_/)
    peer.request('job.cancel', { job_id: childId, reason: 'not needed' })
    await peer.next('job.cancel_accepted')
    child.gate.open(null)
    expect(await eventOf(peer, childId, 'job.cancelled')).toMatchObject({ payload: { reason: 'not needed' } })
    expect(await terminalOf(peer, accepted.job_id)).toMatchObject({
      type: 'job.failed',
      payload: { error: { code: 'CANCELLED' } },
    })
  })

  it('follows its parent to a new owner, and so do those below it', async () => {
    await using all = await family()
    const { h, peer, clock, accepted } = all
    const [middle, bottom] = childIds(peer)
    expect(bottom, 'told to those who follow its own parent').toBeUndefined()
    await drive(clock, followed(peer, middle))
    await clock.settle()
    const ids = childIds(peer)
    for (const id of ids.slice(1)) await drive(clock, followed(peer, id))
    const other = await drive(clock, h.connect())
    other.request('job.submit', { resume_token: accepted.payload.resume_token })
    await clock.settle()
    for (const id of ids) {
      expect(await drive(clock, eventOf(peer, id, 'job.status'))).toMatchObject({
        payload: { phase: 'owner_changed' },
      })
      peer.request('job.cancel', { job_id: id })
      expect(await drive(clock, peer.next('session.error'))).toMatchObject({
        payload: { code: 'PERMISSION_DENIED' },
      })
    }
    other.request('job.cancel', { job_id: ids[1] })
    expect(await drive(clock, other.next('job.cancel_accepted'))).toMatchObject({
      payload: { status: 'running' },
    })
  })

  it('that waits for its turn never starts once its parent has ended', async () => {
    const starts: unknown[] = []
    const busy = heldAgent('busy')
    const late = agentOf('late', () => void starts.push('late'))
    const top = agentOf('top', async (_, ctx) => {
      await ctx.delegate('busy', null)
      const waiting = await ctx.delegate('late', null)
      expect(waiting.state).toBe('queued')
      return waiting.id
    })
    await using h = harness({
      agents: [top, busy.implementation, late],
      limits: { runningJobs: 1, cancelGraceMs: 1 },
    })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, submit)
    const { payload } = await terminalOf(peer, job_id)
    expect((await followed(peer, payload.result as string)).payload).toMatchObject({ status: 'cancelled' })
    expect(starts).toEqual([])
    busy.gate.open(null)
  })

  it('is none that a client has only named a parent for: it outlives that', async () => {
    const [parent, child] = [heldAgent('parent'), heldAgent('child')]
    await using h = harness({ agents: [parent.implementation, child.implementation] })
    const peer = await h.connect()
    const { job_id: parent_job_id } = await submitted(peer, { agent: 'parent' })
    const { job_id, payload } = await submitted(peer, { agent: 'child', parent_job_id })
    expect(payload.parent_job_id).toBe(parent_job_id)
    parent.gate.open(null)
    expect((await terminalOf(peer, parent_job_id)).type).toBe('job.completed')
    child.gate.open('done')
    expect(await terminalOf(peer, job_id)).toMatchObject({
      type: 'job.completed',
      payload: { result: 'done' },
    })
    expect(childIds(peer)).toEqual([])
  })
})

describe('limits of children', () => {
  it('bound how many of one job there are at the same time', async () => {
    const child = heldAgent('child')
    const top = agentOf('top', async (_, ctx) => {
      const children: ChildJob[] = []
      for (let i = 0; i < 3; i++) children.push(await ctx.delegate('child', i))
      const refused = await told(ctx.delegate('child', 3))
      children[0]?.cancel()
      await told((children[0] as ChildJob).result())
      const again = await ctx.delegate('child', 4)
      return [refused, again.agent]
    })
    const limits = { childJobs: 3, cancelGraceMs: 1 }
    await using h = harness({ agents: [top, child.implementation], limits })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, submit)
    expect((await terminalOf(peer, job_id)).payload.result).toEqual([
      { code: 'INTERNAL_ERROR', details: { reason: 'child_jobs', limit: 3, retry_after_ms: 1_000 } },
      'child@1.0.0',
    ])
    child.gate.open(null)
  })

  it('count those that are still being decided on', async () => {
    const writing = gate()
    const store = storeThat((inner) => ({
      createJob(record) {
        if (record.parentJobId === undefined) return inner.createJob(record)
        return writing.promise.then(() => inner.createJob(record))
      },
    }))
    const top = agentOf('top', async (_, ctx) => {
      const first = told(ctx.delegate('child', 1).then((child) => child.result()))
      const second = await told(ctx.delegate('child', 2))
      writing.open()
      return [await first, second]
    })
    await using h = harness({
      store,
      agents: [top, agentOf('child', (input) => input)],
      limits: { childJobs: 1 },
    })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, submit)
    expect((await terminalOf(peer, job_id)).payload.result).toMatchObject([
      1,
      { details: { reason: 'child_jobs' } },
    ])
  })

  it('bound how deep children of children stand', async () => {
    const deep = agentOf('top', async (depth, ctx): Promise<unknown> => {
      const below = await told(ctx.delegate('top', Number(depth) + 1, { lease: mayDelegate }))
      return 'result' in (below as object) ? (below as ChildJob).result() : [depth, below]
    })
    await using h = harness({ agents: [deep], limits: { childDepth: 2 } })
    const peer = await h.connect()
    const { job_id } = await submitted(peer, { ...submit, input: 0 })
    expect((await terminalOf(peer, job_id)).payload.result).toEqual([
      2,
      { code: 'INTERNAL_ERROR', details: { reason: 'child_depth', limit: 2 } },
    ])
  })

  it('of running jobs hold for each depth by itself, so that no job waits for one that waits for its place', async () => {
    const deep = agentOf('top', async (depth, ctx): Promise<unknown> => {
      if (depth === 3) return 'bottom'
      const below = [1, 2].map(() => ctx.delegate('top', Number(depth) + 1, { lease: mayDelegate }))
      const [one, other] = await Promise.all(below)
      return [await one?.result(), await other?.result()]
    })
    await using h = harness({
      agents: [{ ...deep, maxRunning: 1 }],
      limits: { runningJobs: 1, runningJobsPerPrincipal: 1, childDepth: 3 },
    })
    const peer = await h.connect()
    const accepted = []
    for (let i = 0; i < 3; i++) accepted.push(await submitted(peer, { ...submit, input: 0 }))
    const pair = <T>(one: T) => [one, one]
    for (const { job_id } of accepted) {
      expect((await terminalOf(peer, job_id)).payload.result).toEqual(pair(pair(pair('bottom'))))
    }
  })
})
