import type { LogBatch } from '@arcp/protocol/store'
import { type Gate, gate, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { agentOf, echo } from '../testing/agents'
import { drive, harness, outcome, submitted, terminalOf } from '../testing/harness'
import { storeThat } from '../testing/store-that'
import { expectNoUnhandled } from '../testing/unhandled'

expectNoUnhandled()

const types = (frames: readonly { readonly type: string; readonly event_seq?: number }[]) =>
  frames.filter((frame) => frame.event_seq !== undefined).map(({ type }) => type)

/** Says three things, as fast as it may. */
const speaker = agentOf('speaker', async (_, ctx) => {
  for (let current = 0; current < 3; current++) await ctx.progress({ current })
})

const spoken = ['job.queued', 'job.started', ...Array(3).fill('job.progress'), 'job.completed']

/** A store each of whose appends waits for a gate of its own. */
function gatedStore() {
  const gates: Gate[] = []
  const appended: LogBatch[][] = []
  const store = storeThat((inner) => ({
    append(batches) {
      appended.push([...batches])
      const next = gate()
      gates.push(next)
      return next.promise.then(() => inner.append(batches))
    },
  }))
  return { store, gates, appended }
}

describe('R-NUM-1: nothing is sent before it is durable', () => {
  it('each event waits for its append, and no append begins before the one before is done', async () => {
    const clock = new TestClock()
    const { store, gates, appended } = gatedStore()
    await using h = harness({ clock, agents: [speaker], store })
    const peer = await drive(clock, h.connect())
    await drive(clock, submitted(peer, { agent: 'speaker' }))
    await clock.settle()
    expect(types(peer.frames)).toEqual([])
    expect(gates).toHaveLength(1)
    gates[0]?.open()
    await clock.settle()
    const first = appended[0]?.[0]?.entries.length ?? 0
    expect(types(peer.frames)).toEqual(spoken.slice(0, first))
    while (types(peer.frames).length < spoken.length) {
      gates.at(-1)?.open()
      await clock.settle()
    }
    expect(types(peer.frames)).toEqual(spoken)
    const entries = appended.flatMap((batches) => batches.flatMap((batch) => batch.entries))
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('what is said meanwhile waits for the append under way', async () => {
    const clock = new TestClock()
    const { store, gates, appended } = gatedStore()
    const steady = agentOf('steady', async (_, ctx) => {
      for (let current = 0; current < 200; current++) await ctx.progress({ current })
    })
    await using h = harness({ clock, agents: [steady], store })
    const peer = await drive(clock, h.connect())
    const { job_id } = await submitted(peer, { agent: 'steady' })
    for (let i = 0; i < 5; i++) await clock.settle()
    expect(appended).toHaveLength(1)
    expect(appended[0]?.[0]?.entries.length).toBeLessThan(203)
    gates[0]?.open()
    await clock.settle()
    expect(appended).toHaveLength(2)
    gates[1]?.open()
    expect((await drive(clock, terminalOf(peer, job_id))).payload.seq).toBe(203)
  })

  it('other sessions wait for their own events only', async () => {
    const clock = new TestClock()
    const stuck = gate()
    const store = storeThat((inner) => ({
      append(batches) {
        const isHeld = batches.some(({ entries }) => entries.some(({ payload }) => payload.includes('held@')))
        return isHeld ? stuck.promise.then(() => inner.append(batches)) : inner.append(batches)
      },
    }))
    await using h = harness({ clock, agents: [echo, agentOf('held', () => 'held')], store })
    const [one, two] = [await h.connect(), await h.connect()]
    const { job_id } = await submitted(one, { agent: 'held' })
    await clock.settle()
    expect((await drive(clock, outcome(two, { agent: 'echo', input: 1 }))).payload.result).toBe(1)
    expect(types(one.frames)).toEqual([])
    stuck.open()
    expect((await drive(clock, terminalOf(one, job_id))).payload.result).toBe('held')
  })
})

describe('an append that fails', () => {
  it.each(['rejects', 'throws'])(
    'is repeated unchanged, with what was said meanwhile behind it: %s',
    async (how) => {
      const clock = new TestClock()
      const tried: string[] = []
      let failures = 3
      const store = storeThat((inner) => ({
        append(batches) {
          tried.push(JSON.stringify(batches))
          if (failures-- <= 0) return inner.append(batches)
          if (how === 'throws') throw new Error('disk full')
          return Promise.reject(new Error('disk full'))
        },
      }))
      await using h = harness({ clock, agents: [speaker], store })
      const peer = await drive(clock, h.connect())
      const { job_id } = await drive(clock, submitted(peer, { agent: 'speaker' }))
      await drive(clock, terminalOf(peer, job_id))
      expect(types(peer.frames)).toEqual(spoken)
      expect(new Set(tried.slice(0, 4)).size).toBe(1)
      expect(h.logged.filter(({ level }) => level === 'error')).toHaveLength(3)
    },
  )

  it('makes emits wait until it has succeeded', async () => {
    const clock = new TestClock()
    let broken = true
    let emitted = 0
    const store = storeThat((inner) => ({
      append: (batches) => (broken ? Promise.reject(new Error('down')) : inner.append(batches)),
    }))
    const steady = agentOf('steady', async (_, ctx) => {
      for (; emitted < 1_000; emitted++) await ctx.progress({ current: emitted })
    })
    await using h = harness({ clock, agents: [steady], store })
    const peer = await drive(clock, h.connect())
    const { job_id } = await submitted(peer, { agent: 'steady' })
    await clock.settle()
    const before = emitted
    expect(before).toBeLessThan(200)
    clock.advance(5_000)
    await clock.settle()
    expect(emitted).toBe(before)
    broken = false
    expect(await drive(clock, terminalOf(peer, job_id))).toMatchObject({ payload: { seq: 1_003 } })
  })

  it('for 30 s ends the job with store_failed, told as soon as the store takes it', async () => {
    const clock = new TestClock()
    let broken = true
    const store = storeThat((inner) => ({
      append: (batches) => (broken ? Promise.reject(new Error('down')) : inner.append(batches)),
    }))
    let reason: unknown
    const waiting = agentOf('waiting', async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      reason = signal.reason
      await new Promise(() => {})
    })
    await using h = harness({ clock, agents: [waiting, echo], store })
    const peer = await drive(clock, h.connect())
    await submitted(peer, { agent: 'waiting' })
    const passed = async (ms: number) => {
      for (let rest = ms; rest > 0; rest -= 100) {
        await clock.settle()
        clock.advance(100)
      }
      await clock.settle()
    }
    await passed(29_000)
    expect(reason).toBeUndefined()
    await passed(7_000)
    expect(reason).toMatchObject({ details: { reason: 'store_failed' } })
    await passed(60_000)
    expect(types(peer.frames)).toEqual([])
    broken = false
    await passed(6_000)
    expect(types(peer.frames)).toEqual(['job.queued', 'job.started', 'job.failed'])
    expect(peer.frames.at(-1)?.payload).toMatchObject({
      seq: 3,
      error: { code: 'INTERNAL_ERROR', retryable: true, details: { reason: 'store_failed' } },
    })
    expect((await drive(clock, outcome(peer, { agent: 'echo', input: 'next' }))).payload.result).toBe('next')
  })

  it('by never settling is repeated after ten seconds', async () => {
    const clock = new TestClock()
    let attempts = 0
    const store = storeThat((inner) => ({
      append: (batches) => (attempts++ === 0 ? new Promise(() => {}) : inner.append(batches)),
    }))
    await using h = harness({ clock, agents: [speaker], store })
    const peer = await drive(clock, h.connect())
    await submitted(peer, { agent: 'speaker' })
    await clock.settle()
    clock.advance(9_999)
    await clock.settle()
    expect(attempts).toBe(1)
    clock.advance(1)
    await clock.settle()
    clock.advance(100)
    await clock.settle()
    expect(attempts).toBeGreaterThan(1)
    expect(types(peer.frames)).toEqual(spoken)
  })

  it('is not repeated once the runtime has closed, and leaves no timer', async () => {
    const clock = new TestClock()
    let attempts = 0
    const store = storeThat(() => ({
      append: () => {
        attempts++
        return Promise.reject(new Error('down'))
      },
    }))
    const h = harness({ clock, agents: [speaker], store })
    const peer = await drive(clock, h.connect())
    await submitted(peer, { agent: 'speaker' })
    await drive(clock, h.runtime.close())
    const before = attempts
    for (let i = 0; i < 6; i++) {
      clock.advance(10_000)
      await clock.settle()
    }
    expect(attempts).toBe(before)
    expect(clock.timers).toBe(0)
  })
})

describe('what a log lets go', () => {
  it('is let go by the store, too', async () => {
    const trimmed: number[] = []
    const store = storeThat((inner) => ({
      trimLog(jobId, firstSeq) {
        trimmed.push(firstSeq)
        return inner.trimLog(jobId, firstSeq)
      },
    }))
    const chatty = agentOf('chatty', async (_, ctx) => {
      for (let current = 0; current < 500; current++) await ctx.progress({ current })
    })
    await using h = harness({ agents: [chatty], store, limits: { logEvents: 100 } })
    const peer = await h.connect()
    const { job_id } = await outcome(peer, { agent: 'chatty' })
    expect(trimmed.length).toBeGreaterThan(0)
    expect(Math.max(...trimmed)).toBeGreaterThan(300)
    const held = await store.readLog(String(job_id), 0, { entries: 1_000, size: 1_000_000 })
    expect(held.length).toBeLessThan(300)
    expect(held.at(-1)).toMatchObject({ seq: 503, type: 'job.completed' })
  })

  it.each(['rejects', 'throws'])('and what a store makes of that harms nothing: it %s', async (how) => {
    const store = storeThat(() => ({
      trimLog() {
        if (how === 'throws') throw new Error('no')
        return Promise.reject(new Error('no'))
      },
    }))
    const chatty = agentOf('chatty', async (_, ctx) => {
      for (let current = 0; current < 500; current++) await ctx.progress({ current })
    })
    await using h = harness({ agents: [chatty], store, limits: { logEvents: 100 } })
    const peer = await h.connect()
    expect((await outcome(peer, { agent: 'chatty' })).payload.seq).toBe(503)
    expect(h.logged.some(({ message }) => message === 'the store did not trim a log')).toBe(true)
  })
})

describe('a store that cannot keep up with the rest', () => {
  it('may fail to note what becomes of a job, or to forget it; it is logged, and nothing else', async () => {
    const store = storeThat(() => ({
      updateJob: () => Promise.reject(new Error('no')),
      deleteJob: () => Promise.reject(new Error('no')),
    }))
    await using h = harness({ agents: [echo], store, limits: { endedJobs: 1 } })
    const peer = await h.connect()
    for (let i = 0; i < 3; i++)
      expect((await outcome(peer, { agent: 'echo', input: i })).payload.result).toBe(i)
    const messages = new Set(h.logged.map(({ message }) => message))
    expect(messages).toContain('what became of a job could not be written down')
    expect(messages).toContain('a job could not be forgotten')
  })
})
