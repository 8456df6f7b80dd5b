import { InternalError } from '@arcp/protocol'
import type { Observation } from '@arcp/protocol/observe'
import type { CredentialNote, Store } from '@arcp/protocol/store'
import { gate, type RawFrame, type ScriptedPeer, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import type { AgentContext } from '../../jobs/context'
import type { RuntimeOptions } from '../../options'
import { agentOf, heldAgent } from '../../testing/agents'
import { drive, type Harness, harness, submitted } from '../../testing/harness'
import { type KeyDesk, keyDesk } from '../../testing/key-desk'
import { storeThat } from '../../testing/store-that'
import { expectNoUnhandled } from '../../testing/unhandled'
import { waitUntil } from '../../testing/wait-until'

expectNoUnhandled()

const isTerminal = ({ type }: { readonly type: string }) => /^job\.(completed|failed|cancelled)$/.test(type)

/** A store that outlives its runtimes, and what notes of credentials it holds. */
function lastingStore(own: Partial<Store> = {}) {
  const store = storeThat(() => ({ close: async () => {}, ...own }))
  const noted = async () => (await store.readCredentials('', 10_000)).map(({ credentialId }) => credentialId)
  return { store, noted }
}

/** A job with a credential, whose agent does what its gate is opened with. */
async function running(
  options: Partial<RuntimeOptions> & { readonly clock?: TestClock } = {},
  submit: object = {},
) {
  const { clock = new TestClock() } = options
  const begun = gate<AgentContext>()
  const act = gate<() => unknown>()
  const agent = agentOf('acting', async (_, ctx) => {
    begun.open(ctx)
    return (await act.promise)()
  })
  const h: Harness = harness({ agents: [agent], ...options, clock })
  const peer = await drive(clock, h.connect())
  const { job_id } = await drive(clock, submitted(peer, { agent: 'acting', ...submit }))
  await clock.settle()
  return {
    clock,
    h,
    peer,
    job_id,
    ctx: await begun.promise,
    /** Lets the agent do something, and return it. */
    async does(run: () => unknown) {
      act.open(run)
      await clock.settle()
    },
    terminal: (): RawFrame | undefined => peer.frames.find(isTerminal),
    async [Symbol.asyncDispose]() {
      act.open(() => 'too late')
      await h[Symbol.asyncDispose]()
    },
  }
}

type Running = Awaited<ReturnType<typeof running>>

const cancel = ({ peer, job_id }: { readonly peer: ScriptedPeer; readonly job_id?: string }) =>
  void peer.request('job.cancel', { job_id, reason: 'enough' })

/** What ends a job, and as what. */
const endings: [name: string, end: (job: Running) => unknown, type: string, submit?: object][] = [
  ['returned', (job) => job.does(() => 'done'), 'job.completed'],
  [
    'threw',
    (job) =>
      job.does(() => {
        throw new InternalError('no', { details: { own: 1 } })
      }),
    'job.failed',
  ],
  ['cancel', cancel, 'job.cancelled'],
  ['timeout', ({ clock }) => clock.elapse(60_000), 'job.failed', { max_runtime_sec: 60 }],
  [
    'lease_expired',
    ({ clock }) => clock.elapse(60_000),
    'job.failed',
    { lease_constraints: { expires_in_s: 60 } },
  ],
  ['shutdown', ({ h }) => void h.runtime.close(), 'job.failed'],
]

describe('R-AUT-10 a job that ends by', () => {
  it.each(endings)(
    '%s has its credential revoked before its last event',
    async (cause, end, type, submit) => {
      const { store, noted } = lastingStore()
      const desk = keyDesk()
      const liveThen: number[] = []
      const observe = (seen: Observation) => {
        if (seen.type === 'event.appended' && isTerminal({ type: seen.eventType }))
          liveThen.push(desk.live.size)
      }
      await using job = await running({ credentials: [desk], store, observe: { observe } }, submit)
      expect(desk.live.size).toBe(1)
      await end(job)
      await job.clock.settle()
      expect(desk.revocations).toHaveLength(1)
      expect(job.ctx.credentials).toEqual([])
      await job.does(() => 'heeds')
      const told = job.terminal()
      expect(told?.type, cause).toBe(type)
      expect(JSON.stringify(told?.payload)).not.toContain('revocation_pending')
      expect(liveThen).toEqual([0])
      expect(await noted()).toEqual([])
    },
  )

  it.each([
    ['returned', 5_000, { details: { credentials: 'revocation_pending' } }],
    ['threw', 5_000, { error: { details: { own: 1, credentials: 'revocation_pending' } } }],
    ['cancel', 5_000, { reason: 'enough', details: { credentials: 'revocation_pending' } }],
    ['timeout', 1_000, { error: { code: 'TIMEOUT', details: { credentials: 'revocation_pending' } } }],
    [
      'lease_expired',
      1_000,
      { error: { code: 'LEASE_EXPIRED', details: { credentials: 'revocation_pending' } } },
    ],
    ['shutdown', 2_000, { error: { details: { reason: 'shutdown', credentials: 'revocation_pending' } } }],
  ] as const)(
    '%s gets its last event within %i ms, though nothing can be revoked; it is noted',
    async (cause, ms, payload) => {
      const [, end, type, submit] = endings.find(([name]) => name === cause) as (typeof endings)[number]
      const { store, noted } = lastingStore()
      const desk = keyDesk('keys', { beforeRevoke: () => new Promise(() => {}) })
      const limits = { closeMs: 2_000 }
      await using job = await running({ credentials: [desk], store, limits }, submit)
      await end(job)
      await job.does(() => 'heeds')
      await job.clock.elapse(ms - 1)
      expect(job.terminal()).toBeUndefined()
      await job.clock.elapse(1)
      expect(job.terminal()).toMatchObject({ type, payload })
      expect(await noted()).toEqual([...desk.live.keys()])
    },
  )

  it('a cancel waits no longer than its own grace, nor than its lease and a second', async () => {
    for (const [ms, submit, limits] of [
      [3_000, {}, { cancelGraceMs: 3_000 }],
      [4_000, { lease_constraints: { expires_in_s: 3 } }, {}],
    ] as const) {
      const desk = keyDesk('keys', { beforeRevoke: () => new Promise(() => {}) })
      await using job = await running({ credentials: [desk], limits }, submit)
      cancel(job)
      await job.does(() => 'heeds')
      await job.clock.elapse(ms - 1)
      expect(job.terminal()).toBeUndefined()
      await job.clock.elapse(1)
      expect(job.terminal()).toMatchObject({ type: 'job.cancelled' })
    }
  })

  it('what is not waited for at all does not wait for revocations either', async () => {
    const desk = keyDesk('keys', { beforeRevoke: () => new Promise(() => {}) })
    await using job = await running({ credentials: [desk], limits: { logEvents: 4 } })
    job.peer.request('job.unsubscribe', { job_id: job.job_id, hold: true })
    await job.clock.settle()
    await job.does(async () => {
      for (let current = 0; current < 20; current++) void job.ctx.progress({ current })
    })
    job.peer.request('job.subscribe', { job_id: job.job_id })
    await job.clock.settle()
    const [terminal] = job.peer.frames.filter(isTerminal)
    expect(terminal?.payload).toMatchObject({
      error: { details: { reason: 'emit_overflow', credentials: 'revocation_pending' } },
    })
  })

  it('limits.revocationMs shortens the wait', async () => {
    const desk = keyDesk('keys', { beforeRevoke: () => new Promise(() => {}) })
    await using job = await running({ credentials: [desk], limits: { revocationMs: 700 } })
    await job.does(() => 'done')
    await job.clock.elapse(699)
    expect(job.terminal()).toBeUndefined()
    await job.clock.elapse(1)
    expect(job.terminal()).toMatchObject({ type: 'job.completed', payload: { result: 'done' } })
  })
})

describe('a revocation', () => {
  it('goes on beside an agent that takes its time to end', async () => {
    const desk = keyDesk()
    await using job = await running({ credentials: [desk] })
    cancel(job)
    await job.clock.settle()
    expect(desk.live.size).toBe(0)
    expect(job.terminal()).toBeUndefined()
  })

  it('is also of a job that never started', async () => {
    const clock = new TestClock()
    const held = heldAgent()
    const desk = keyDesk()
    await using h = harness({
      clock,
      agents: [held.implementation],
      credentials: [desk],
      limits: { runningJobs: 1 },
    })
    const peer = await drive(clock, h.connect())
    await drive(clock, submitted(peer, { agent: 'held' }))
    const { job_id } = await drive(clock, submitted(peer, { agent: 'held' }))
    cancel({ peer, job_id })
    await clock.settle()
    expect(peer.frames.find((frame) => frame.job_id === job_id && isTerminal(frame))?.type).toBe(
      'job.cancelled',
    )
    expect(desk.revocations).toEqual([desk.requests[1]?.id])
    held.gate.open('done')
  })

  it('is of a job too whose record came too late', async () => {
    const clock = new TestClock()
    const desk = keyDesk()
    const written = gate()
    const store = storeThat((inner) => ({
      createJob: (record) => written.promise.then(() => inner.createJob(record)),
    }))
    const held = heldAgent()
    await using h = harness({ clock, agents: [held.implementation], credentials: [desk], store })
    const peer = await drive(clock, h.connect())
    peer.request('job.submit', { agent: 'held' })
    await clock.elapse(10_000)
    expect(peer.frames.at(-1)?.payload.details).toMatchObject({ reason: 'admission' })
    written.open()
    await clock.settle()
    expect(desk.live.size).toBe(0)
  })

  it('that fails is tried again, later each time, until it succeeds, and then its note goes', async () => {
    const { store, noted } = lastingStore()
    let fails = 11
    const at: number[] = []
    const clock = new TestClock()
    const desk = keyDesk('keys', {
      beforeRevoke: () => {
        at.push(clock.monotonic())
        if (fails-- > 0) throw new Error('down')
      },
    })
    await using job = await running({ clock, credentials: [desk], store })
    await job.does(() => 'done')
    await clock.elapse(3_600_000)
    const waits = at.slice(1).map((moment, before) => (moment - (at[before] ?? 0)) / 1_000)
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
    expect(await noted()).toEqual([])
    expect(job.h.logged.filter(({ level }) => level === 'warn')).toHaveLength(11)
    expect(job.h.logged.find(({ level }) => level === 'warn')).toMatchObject({
      message: 'a credential could not be revoked; it is tried again',
      fields: { provisioner: 'keys', jobId: job.job_id, retryInMs: 1_000 },
    })
  })

  it('that takes longer than 10 s is told so, counts as failed, and is tried again', async () => {
    const signals: AbortSignal[] = []
    const desk = keyDesk('keys', {
      beforeRevoke: (_, signal) => {
        signals.push(signal)
        if (signals.length === 1) return new Promise(() => {})
      },
    })
    await using job = await running({ credentials: [desk] })
    await job.does(() => 'done')
    await job.clock.elapse(9_999)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    await job.clock.elapse(1)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    await job.clock.elapse(1_000)
    expect(desk.live.size).toBe(0)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  })

  it('is one of so many at the same time, of each provisioner by itself', async () => {
    const { store } = lastingStore()
    for (const provisioner of ['slow', 'quick']) {
      for (let at = 0; at < 5; at++) await store.noteCredential(noteOf(`${provisioner}-${at}`, provisioner))
    }
    const free = gate()
    const slow = keyDesk('slow', { beforeRevoke: () => free.promise })
    const quick = keyDesk('quick')
    const credentials = [slow, quick]
    await using h = harness({ clock: new TestClock(), credentials, store, limits: { revocations: 2 } })
    await waitUntil(() => quick.revocations.length === 5 && slow.revocations.length === 2)
    expect(h.logged).toEqual([])
    free.open()
    await waitUntil(() => slow.revocations.length === 5)
  })

  it('that is done is not repeated because its note does not go', async () => {
    let fails = 2
    const { store, noted } = lastingStore()
    const forgetful: Store = new Proxy(store, {
      get: (target, name) =>
        name === 'forgetCredential'
          ? async (id: string) => {
              if (fails-- > 0) throw new Error('full')
              await target.forgetCredential(id)
            }
          : target[name as keyof Store],
    })
    const desk = keyDesk()
    await using job = await running({ credentials: [desk], store: forgetful })
    await job.does(() => 'done')
    expect(job.terminal()?.payload).not.toHaveProperty('details')
    expect(await noted()).toHaveLength(1)
    await job.clock.elapse(3_000)
    expect(await noted()).toEqual([])
    expect(desk.revocations).toHaveLength(1)
    expect(job.h.logged[0]?.message).toBe('the note of a credential could not be removed; it is tried again')
  })
})

describe('a runtime that closes', () => {
  /** A submit whose credentials are being made by `desk` and others when the runtime is closed. */
  async function closing(credentials: readonly KeyDesk[], options: Partial<RuntimeOptions> = {}) {
    const clock = new TestClock()
    const h = harness({ agents: [agentOf('a', () => 1)], ...options, credentials, clock })
    const peer = await drive(clock, h.connect())
    peer.request('job.submit', { agent: 'a' })
    await clock.settle()
    let closed = false
    void h.runtime.close().then(() => {
      closed = true
    })
    await clock.settle()
    return { h, clock, isClosed: () => closed }
  }

  const aborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener('abort', resolve))

  it('waits for what is being made for a submit it refuses, and revokes it (R-AUT-10)', async () => {
    const made = gate()
    const desk = keyDesk('keys', { beforeIssue: () => made.promise })
    const { clock, isClosed } = await closing([desk])
    expect(isClosed()).toBe(false)
    made.open()
    await clock.settle()
    expect(desk.revocations).toEqual([desk.requests[0]?.id])
    expect(desk.live.size).toBe(0)
    expect(isClosed()).toBe(true)
  })

  it('waits for what has been made to be revoked, and for one attempt only', async () => {
    const revoking = gate()
    const desk = keyDesk('keys', {
      beforeRevoke: async () => {
        await revoking.promise
        throw new Error('down')
      },
    })
    const other = keyDesk('other', { beforeIssue: ({ signal }) => aborted(signal).then(() => {}) })
    const { h, clock, isClosed } = await closing([desk, other])
    expect(desk.revocations).toHaveLength(1)
    expect(isClosed()).toBe(false)
    revoking.open()
    await clock.settle()
    expect(isClosed()).toBe(true)
    expect(h.logged.at(-1)).toMatchObject({ fields: { credentials: 1 } })
  })

  it('waits no longer than closeMs, and says what is left', async () => {
    const desk = keyDesk('keys', { beforeIssue: () => new Promise(() => {}) })
    const { h, clock, isClosed } = await closing([desk], { limits: { closeMs: 3_000 } })
    await clock.elapse(2_999)
    expect(isClosed()).toBe(false)
    await clock.elapse(1)
    expect(isClosed()).toBe(true)
    expect(h.logged).toEqual([
      { level: 'warn', message: 'credentials are left to be revoked', fields: { credentials: 1 } },
    ])
  })
})

describe('a runtime on the store of an earlier one', () => {
  it('goes on revoking what that one could not', async () => {
    const { store, noted } = lastingStore()
    const down = keyDesk('keys', {
      beforeRevoke: () => {
        throw new Error('down')
      },
    })
    const before = await running({ credentials: [down], store })
    await before.does(() => 'done')
    await before[Symbol.asyncDispose]()
    expect(await noted()).toEqual([...down.live.keys()])
    expect(before.h.logged.at(-1)).toMatchObject({
      message: 'credentials are left to be revoked',
      fields: { credentials: 1 },
    })
    const tried = down.revocations.length
    await before.clock.elapse(60_000)
    expect(down.revocations).toHaveLength(tried)

    const up = keyDesk()
    const clock = new TestClock()
    await using _ = harness({ clock, credentials: [up], store })
    await clock.settle()
    expect(up.revocations).toEqual([...down.live.keys()])
    expect(await noted()).toEqual([])
  })

  it('revokes what was noted and perhaps never made, of any number, and nothing of its own jobs', async () => {
    const { store, noted } = lastingStore()
    const ids = Array.from({ length: 2_500 }, (_, at) => `old-${String(at).padStart(4, '0')}`)
    for (const id of ids) await store.noteCredential(noteOf(id))
    const desk = keyDesk()
    await using job = await running({ credentials: [desk], store })
    await job.clock.settle()
    expect([...desk.revocations].sort()).toEqual(ids)
    expect(await noted()).toEqual([desk.requests[0]?.id])
  })

  it('counts what is left within its limits, and keeps the notes of a provisioner it does not have', async () => {
    const { store, noted } = lastingStore()
    await store.noteCredential(noteOf('old', 'gone'))
    const desk = keyDesk()
    const clock = new TestClock()
    const options = {
      clock,
      agents: [agentOf('a', () => 1)],
      credentials: [desk],
      store,
      limits: { credentials: 1 },
    }
    await using h = harness(options)
    const peer = await drive(clock, h.connect())
    await clock.settle()
    const id = peer.request('job.submit', { agent: 'a' })
    await clock.settle()
    const answer = peer.frames.find(({ payload }) => payload.request_id === id)
    expect(answer?.payload.details).toMatchObject({ reason: 'credentials', limit: 1 })
    expect(await noted()).toEqual(['old'])
    expect(h.logged[0]).toMatchObject({
      level: 'warn',
      fields: { error: new Error('there is no provisioner gone'), credentialId: 'old' },
    })
  })

  it('works on where the notes cannot be read, and says so', async () => {
    const { store } = lastingStore({ readCredentials: () => Promise.reject(new Error('no')) })
    await using job = await running({ credentials: [keyDesk()], store })
    await job.does(() => 'done')
    expect(job.terminal()?.type).toBe('job.completed')
    expect(job.h.logged.map(({ level }) => level)).toEqual(['error'])
  })
})

function noteOf(credentialId: string, provisioner = 'keys'): CredentialNote {
  return { credentialId, provisioner, jobId: 'job_gone', principal: 'ada' }
}
