import { formatAmount, parseAmount } from '@arcp/protocol/lease'
import type { Observation } from '@arcp/protocol/observe'
import { type Gate, gate, type RawFrame, type ScriptedPeer, seededRandom, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import type { AgentContext } from '../jobs/context'
import { agentOf } from '../testing/agents'
import { type Harness, harness, outcome, terminalOf } from '../testing/harness'
import { resuming } from '../testing/hello'
import { storeThat } from '../testing/store-that'

const bearer = (token: string) => ({ auth: { scheme: 'bearer', token } })
const budget = (...amounts: string[]) => ({ lease_request: { 'cost.budget': amounts } })

/** Jobs that do what the test does with their contexts, until it lets them go. */
function steered() {
  const started = gates<AgentContext>()
  const returning = gates()
  const ended = gates()
  const implementation = agentOf('steered', (_, ctx) => {
    const { promise, open } = returning.of(ctx.jobId)
    ctx.signal.addEventListener('abort', () => open(), { once: true })
    started.of(ctx.jobId).open(ctx)
    return promise
  })
  return {
    implementation,
    observe: {
      observe: (told: Observation) => void (told.type === 'job.ended' && ended.of(told.job.jobId).open()),
    },
    async start(peer: ScriptedPeer, more: object = {}): Promise<AgentContext> {
      const { type, job_id = '' } = await answered(peer, more)
      expect(type).toBe('job.accepted')
      return started.of(job_id).promise
    },
    ended: (jobId: string) => ended.of(jobId).promise,
    async end({ jobId }: AgentContext): Promise<void> {
      returning.of(jobId).open()
      await ended.of(jobId).promise
    },
  }
}

/** Gates by name. */
function gates<T = void>() {
  const all = new Map<string, Gate<T>>()
  return {
    of(name: string): Gate<T> {
      const found = all.get(name) ?? gate<T>()
      all.set(name, found)
      return found
    },
  }
}

let submits = 0

/** Submits, as no other submit of the session does, and waits for the answer. */
async function answered(peer: ScriptedPeer, more: object): Promise<RawFrame> {
  const id = `submit_${++submits}`
  peer.request('job.submit', { agent: 'steered', ...more }, { id })
  return peer.next(({ payload }) => payload.request_id === id)
}

async function tokenOf(h: Harness, ...amounts: string[]): Promise<string> {
  const lease = { 'tool.call': ['*'], 'cost.budget': amounts }
  return h.runtime.createDelegationToken('ada', ['*'], { lease, expiresInS: 3600 })
}

/** What is refused for there not being as much left. */
const beyond = (amount: string, remaining: string) => ({
  code: 'LEASE_SUBSET_VIOLATION',
  details: { namespace: 'cost.budget', pattern: `USD:${amount}`, remaining },
})

async function refusedFor(peer: ScriptedPeer, ...amounts: string[]) {
  const { type, payload } = await answered(peer, budget(...amounts))
  expect(type).toBe('session.error')
  return payload
}

const leftOf = (context: AgentContext) => context.budget().USD?.remaining

describe('the budget of a delegation token', () => {
  it('is what its jobs have together: what one names is gone for the others until it has ended', async () => {
    const jobs = steered()
    await using h = harness({ agents: [jobs.implementation], observe: jobs.observe })
    const peer = await h.connect(bearer(await tokenOf(h, 'USD:10')))
    expect(await refusedFor(peer, 'USD:10.000001')).toMatchObject({
      code: 'LEASE_SUBSET_VIOLATION',
      details: { namespace: 'cost.budget', pattern: 'USD:10.000001' },
    })
    const one = await jobs.start(peer, budget('USD:6'))
    expect(await refusedFor(peer, 'USD:4.000001')).toMatchObject(beyond('4.000001', '4'))
    const other = await jobs.start(peer, budget('USD:4'))
    expect(await refusedFor(peer, 'USD:0.000001')).toMatchObject(beyond('0.000001', '0'))
    await one.spend('USD', '1.5')
    expect([one, other].map(leftOf)).toEqual(['4.5', '4'])
    await jobs.end(one)
    expect(await refusedFor(peer, 'USD:4.500001')).toMatchObject(beyond('4.500001', '4.5'))
    await jobs.start(peer, budget('USD:4.5'))
  })

  it('is charged at once by those that name none, which may do nothing once it is used up', async () => {
    const jobs = steered()
    await using h = harness({ agents: [jobs.implementation], observe: jobs.observe })
    const peer = await h.connect(bearer(await tokenOf(h, 'USD:10')))
    const lease_request = { 'tool.call': ['t'] }
    const one = await jobs.start(peer, { lease_request })
    const other = await jobs.start(peer, { lease_request })
    await one.spend('USD', 7)
    expect(other.budget()).toEqual({ USD: { spent: '0', reserved: '0', remaining: '3' } })
    expect(await refusedFor(peer, 'USD:3.5')).toMatchObject(beyond('3.5', '3'))
    expect(() => other.reserve('USD', '3.1')).toThrow(expect.objectContaining({ code: 'BUDGET_EXHAUSTED' }))
    const part = other.reserve('USD', 3)
    const call = (context: AgentContext) =>
      context.tool('t', null, () => 'ran').catch((error: { code: string }) => error.code)
    expect([await call(one), await call(other)]).toEqual(['BUDGET_EXHAUSTED', 'ran'])
    await part.settle(5)
    expect([await call(one), await call(other)]).toEqual(['BUDGET_EXHAUSTED', 'BUDGET_EXHAUSTED'])
    await jobs.end(other)
    expect([leftOf(one), one.budget().USD?.spent]).toEqual(['-2', '7'])
    await terminalOf(peer, other.jobId)
    const told = peer.frames.filter(({ payload }) => payload.name === 'cost.budget.remaining')
    expect(told.map(({ job_id, payload }) => [job_id, payload.value])).toEqual([
      [one.jobId, 3],
      [other.jobId, -2],
      [other.jobId, -2],
    ])
  })

  it('gives back what a job had set aside for itself', async () => {
    const jobs = steered()
    await using h = harness({ agents: [jobs.implementation], observe: jobs.observe })
    const peer = await h.connect(bearer(await tokenOf(h, 'USD:10')))
    const one = await jobs.start(peer)
    const part = one.reserve('USD', 10)
    const other = await jobs.start(peer)
    expect(leftOf(other)).toBe('0')
    await jobs.end(one)
    part.release()
    expect(leftOf(other)).toBe('10')
  })

  it('limits beside it what the runtime limits', async () => {
    const jobs = steered()
    const ceiling = () => ({ 'tool.call': ['*'], 'cost.budget': ['USD:4'] })
    await using h = harness({ agents: [jobs.implementation], observe: jobs.observe, ceiling })
    const peer = await h.connect(bearer(await tokenOf(h, 'USD:10')))
    expect(await refusedFor(peer, 'USD:5')).toMatchObject({ code: 'PERMISSION_DENIED' })
    const contexts = [await jobs.start(peer), await jobs.start(peer), await jobs.start(peer)]
    expect(contexts.map(leftOf)).toEqual(['4', '4', '4'])
    for (const context of contexts) await context.spend('USD', 3)
    expect(contexts.map(leftOf)).toEqual(['1', '1', '1'])
    await contexts[0]?.spend('USD', '0.5')
    expect(contexts.map(leftOf)).toEqual(['0.5', '0.5', '0.5'])
  })

  it('leaves alone what it does not name', async () => {
    const jobs = steered()
    await using h = harness({ agents: [jobs.implementation], observe: jobs.observe })
    const peer = await h.connect(bearer(await tokenOf(h, 'USD:10')))
    const names = Array.from({ length: 15 }, (_, i) => `C${i}`)
    for (const prefix of ['a', 'b']) {
      const context = await jobs.start(peer, budget(...names.map((name) => `${prefix}${name}:1`)))
      await context.spend(`${prefix}C0`, 100)
      await context.spend('USD', 1)
    }
    expect(await refusedFor(peer, 'USD:8.1')).toMatchObject(beyond('8.1', '8'))
  })

  it('of nothing lets jobs run, and do nothing', async () => {
    const jobs = steered()
    await using h = harness({ agents: [jobs.implementation], observe: jobs.observe })
    const peer = await h.connect(bearer(await tokenOf(h, 'USD:0')))
    const context = await jobs.start(peer, { lease_request: { 'tool.call': ['t'] } })
    await expect(context.tool('t', null, () => 'ran')).rejects.toMatchObject({ code: 'BUDGET_EXHAUSTED' })
  })

  it('has back what was set aside for jobs that fail, are cancelled, or never start', async () => {
    const jobs = steered()
    const failing = agentOf('failing', async (_, ctx) => {
      await ctx.spend('USD', '0.25')
      throw new Error('no')
    })
    await using h = harness({
      agents: [jobs.implementation, failing],
      observe: jobs.observe,
      limits: { runningJobs: 1 },
    })
    const peer = await h.connect(bearer(await tokenOf(h, 'USD:10')))
    await outcome(peer, { agent: 'failing', ...budget('USD:10') })
    expect(await refusedFor(peer, 'USD:10')).toMatchObject(beyond('10', '9.75'))
    const one = await jobs.start(peer, budget('USD:5'))
    const { job_id: queued = '' } = await answered(peer, budget('USD:4.75'))
    expect(await refusedFor(peer, 'USD:0.1')).toMatchObject(beyond('0.1', '0'))
    await one.spend('USD', '0.75')
    for (const job_id of [queued, one.jobId]) {
      peer.request('job.cancel', { job_id }, { job_id })
      await jobs.ended(job_id)
    }
    expect(await refusedFor(peer, 'USD:9.000001')).toMatchObject(beyond('9.000001', '9'))
  })

  it('has back what was set aside for a submit that is refused after that', async () => {
    const store = storeThat(() => ({ createJob: () => Promise.reject(new Error('disk full')) }))
    const jobs = steered()
    await using h = harness({ agents: [jobs.implementation], observe: jobs.observe, store })
    const peer = await h.connect(bearer(await tokenOf(h, 'USD:10')))
    for (let i = 0; i < 2; i++)
      expect(await refusedFor(peer, 'USD:10')).toMatchObject({ code: 'INTERNAL_ERROR' })
  })

  it('has back what was set aside for a submit that took too long to be granted', async () => {
    const clock = new TestClock()
    const asked = gate()
    const answer = gate<undefined>()
    let isSlow = true
    const ceiling = async () => {
      asked.open()
      if (isSlow) await answer.promise
      return { 'cost.budget': ['USD:10'] }
    }
    const jobs = steered()
    await using h = harness({
      agents: [jobs.implementation],
      observe: jobs.observe,
      ceiling,
      clock,
      limits: { admissionMs: 1_000 },
    })
    const peer = h.dial()
    await peer.hello(bearer(await tokenOf(h, 'USD:10')))
    const first = refusedFor(peer, 'USD:10')
    await asked.promise
    await clock.elapse(1_000)
    expect(await first).toMatchObject({ code: 'INTERNAL_ERROR', details: { reason: 'admission' } })
    isSlow = false
    answer.open(undefined)
    await clock.settle()
    await jobs.start(peer, budget('USD:10'))
  })

  it('is the same one after a resume with its token, and another one with a fresh token', async () => {
    const jobs = steered()
    await using h = harness({ agents: [jobs.implementation], observe: jobs.observe })
    const [first, second] = [await tokenOf(h, 'USD:10'), await tokenOf(h, 'USD:2')]
    const peer = h.dial()
    const welcome = await peer.hello(bearer(first))
    const early = await jobs.start(peer, budget('USD:6'))
    const shared = await jobs.start(peer)
    const again = h.dial()
    const resumed = await again.hello({ ...bearer(first), ...resuming(welcome, 0, {}) })
    expect(await refusedFor(again, 'USD:4.5')).toMatchObject(beyond('4.5', '4'))

    const fresh = h.dial()
    const welcomed = await fresh.hello({ ...bearer(second), ...resuming(resumed, 0, {}) })
    const late = await jobs.start(fresh, budget('USD:1.5'))
    expect(await refusedFor(fresh, 'USD:1')).toMatchObject(beyond('1', '0.5'))
    // Earlier jobs go on in what they were submitted by.
    await shared.spend('USD', 1)
    expect([early, shared, late].map(leftOf)).toEqual(['6', '3', '1.5'])

    const back = h.dial()
    await back.hello({ ...bearer(first), ...resuming(welcomed, 0, {}) })
    expect(await refusedFor(back, 'USD:3.5')).toMatchObject(beyond('3.5', '3'))
    await late.spend('USD', 1)
    expect([shared, late].map(leftOf)).toEqual(['3', '0.5'])
  })

  it('is not anew what another session begins with, when nothing was heard of the first', async () => {
    const jobs = steered()
    await using h = harness({ agents: [jobs.implementation], observe: jobs.observe })
    const token = await tokenOf(h, 'USD:10')
    await h.connect(bearer(token))
    const peer = await h.connect(bearer(token))
    await jobs.start(peer, budget('USD:9'))
    expect(await refusedFor(peer, 'USD:9')).toMatchObject(beyond('9', '1'))
  })

  it('lasts as long as its jobs, also when its token and its session are over', async () => {
    const clock = new TestClock()
    const jobs = steered()
    await using h = harness({
      agents: [jobs.implementation],
      observe: jobs.observe,
      clock,
      limits: { resumeWindowMs: 1_000 },
    })
    const lease = { 'cost.budget': ['USD:10'] }
    const token = await h.runtime.createDelegationToken('ada', ['*'], { lease, expiresInS: 60 })
    const peer = h.dial()
    await peer.hello(bearer(token))
    const contexts: AgentContext[] = []
    for (let i = 0; i < 2; i++) contexts.push(await jobs.start(peer))
    await clock.elapse(70_000)
    await contexts[0]?.spend('USD', 8)
    expect(contexts.map(leftOf)).toEqual(['2', '2'])
  })

  it('comes out exactly, whatever jobs, in whatever order, over whatever resumes (R-AUT-8)', async () => {
    const random = dice('token budget')
    const clock = new TestClock()
    for (let round = 0; round < 60; round++) {
      const jobs = steered()
      await using h = harness({ agents: [jobs.implementation], observe: jobs.observe, clock })
      const token = await tokenOf(h, 'USD:10')
      let peer = h.dial()
      let welcome = await peer.hello(bearer(token))
      const live: { readonly context: AgentContext; readonly named: bigint | undefined; spent: bigint }[] = []
      let ended = 0n
      const left = () =>
        live.reduce((sum, { named, spent }) => sum - (named ?? spent), (parseAmount('10') ?? 0n) - ended)
      for (let step = 0; step < 12; step++) {
        const amount = `${random(5)}.${random(1_000_000)}`
        const exact = parseAmount(amount) ?? 0n
        const one = live[random(live.length || 1)]
        const action = random(6)
        if (action < 2) {
          const named = action === 0 ? exact : undefined
          if (named !== undefined && named > left()) {
            expect(await refusedFor(peer, `USD:${amount}`)).toMatchObject({ code: 'LEASE_SUBSET_VIOLATION' })
          } else {
            const context = await jobs.start(peer, named === undefined ? {} : budget(`USD:${amount}`))
            live.push({ context, named, spent: 0n })
          }
        } else if (one && action < 4) {
          await one.context.spend('USD', amount)
          one.spent += exact
        } else if (one && action === 4) {
          await jobs.end(one.context)
          ended += one.spent
          live.splice(live.indexOf(one), 1)
        } else if (action === 5) {
          peer = h.dial()
          welcome = await peer.hello({ ...bearer(token), ...resuming(welcome, 0, {}) })
        }
        for (const { context, named, spent } of live) {
          const expected = named === undefined ? left() : named - spent
          expect(leftOf(context)).toBe(formatAmount(expected))
        }
      }
    }
  })
})

/** Numbers below `sides`, the same in each run. */
function dice(seed: string): (sides: number) => number {
  const random = seededRandom(seed)
  return (sides) => Buffer.from(random(4)).readUInt32LE() % sides
}
